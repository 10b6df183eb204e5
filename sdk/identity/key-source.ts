import { readFile } from "node:fs/promises";
import { isKeysUrl } from "../../controller/api/identity-config.ts";
import { IdentityError } from "../../controller/identity/identity-error.ts";
import { type IssuerKeys, jwksKeys, sharedKeys } from "../../controller/identity/trusted-keys.ts";

const FETCH_TIMEOUT_MS = 5_000;
/** More is no list of keys. */
const MAX_JWKS_BYTES = 262_144;

/** A file with a shared key; a line break at its end is not part of the key. Throws IdentityError `BAD_KEY`. */
export async function readSharedKey(file: string): Promise<Uint8Array> {
  const bytes = await read(file);
  let end = bytes.length;
  if (bytes[end - 1] === 0x0a) end -= 1;
  if (end < bytes.length && bytes[end - 1] === 0x0d) end -= 1;
  return bytes.subarray(0, end);
}

/** The keys of a shared key. */
export async function sharedKeyFile(file: string): Promise<IssuerKeys> {
  return sharedKeys(await readSharedKey(file));
}

/** A JWKS from a file, or from a URL: https, or this machine. Throws IdentityError `BAD_KEY`. */
export async function readJwks(source: string): Promise<unknown> {
  const text = /^https?:/.test(source) ? await fetchText(source) : (await read(source)).toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message would quote what may be a key.
    throw new IdentityError("BAD_KEY", `${source}: is not JSON`);
  }
}

/** The public keys that are published in a file or at a URL. Throws IdentityError `BAD_KEY`. */
export async function jwksSource(source: string): Promise<IssuerKeys> {
  const value = await readJwks(source);
  try {
    return jwksKeys(value);
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    throw new IdentityError(error.code, `${source}: ${error.message}`, { cause: error });
  }
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new IdentityError("BAD_KEY", `${file}: can't be read: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

async function fetchText(url: string): Promise<string> {
  if (!isKeysUrl(url)) throw new IdentityError("BAD_KEY", `${url}: keys are fetched by https only`);
  try {
    const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength;
      if (size > MAX_JWKS_BYTES) throw new Error(`more than ${MAX_JWKS_BYTES} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
  } catch (cause) {
    throw new IdentityError("BAD_KEY", `${url}: can't be read: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}
