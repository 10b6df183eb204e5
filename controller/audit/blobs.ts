import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import { AuditError, messageOf } from "./errors.ts";
import type { BlobReference, EventBlob } from "./event.ts";
import { type Sync, syncFolder, writeWhole } from "./files.ts";

/** The most bytes one blob may have. */
export const MAX_BLOB_BYTES = 8 << 20;
/** The most blobs one event may have. */
export const MAX_BLOBS = 16;
const SALT_BYTES = 16;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Path of a blob below the log's folder. @throws AuditError BAD_EVENT when `digest` is no `sha256:<hex>` */
export function blobPath(digest: string): string {
  const hex = /^sha256:([0-9a-f]{64})$/u.exec(digest)?.[1];
  if (!hex) throw new AuditError("BAD_EVENT", "a blob's digest is sha256: and 64 hex digits");
  return `blobs/sha256/${hex.slice(0, 2)}/${hex.slice(2)}`;
}

/**
 * Stores a blob durably and returns how an event names it. The file is zstd(salt || content): the random salt keeps a
 * short value from being guessed by its digest once the file was erased.
 * @throws AuditError BLOB_TOO_LARGE, AUDIT_UNAVAILABLE, AUDIT_FATAL
 */
export async function writeBlob(dir: string, blob: EventBlob, salt: Buffer, sync: Sync): Promise<BlobReference> {
  const content = typeof blob.content === "string" ? Buffer.from(blob.content) : blob.content;
  if (content.length > MAX_BLOB_BYTES) {
    throw new AuditError(
      "BLOB_TOO_LARGE",
      `blob ${JSON.stringify(blob.name)} has ${content.length} bytes; at most ${MAX_BLOB_BYTES}`,
    );
  }
  const body = Buffer.concat([salt.subarray(0, SALT_BYTES), content]);
  const digest = `sha256:${hash("sha256", body, "hex")}`;
  const path = join(dir, blobPath(digest));
  try {
    await writeWhole([[path, await compress(body)]], sync);
    await syncFolder(join(path, ".."));
    await syncFolder(join(path, "../.."));
  } catch (error) {
    if (error instanceof AuditError) throw error;
    throw new AuditError("AUDIT_UNAVAILABLE", `a blob can't be written: ${messageOf(error)}`, { cause: error });
  }
  return { name: blob.name, digest, size: content.length };
}

/** The content of a blob. @throws AuditError BLOB_CORRUPT when the file is not what its name says; ENOENT as it comes */
export async function readBlob(dir: string, digest: string): Promise<Buffer> {
  const stored = await readFile(join(dir, blobPath(digest)));
  let body: Buffer;
  try {
    body = await decompress(stored, { maxOutputLength: MAX_BLOB_BYTES + SALT_BYTES });
  } catch (error) {
    throw new AuditError("BLOB_CORRUPT", `blob ${digest} can't be unpacked`, { cause: error });
  }
  if (`sha256:${hash("sha256", body, "hex")}` !== digest)
    throw new AuditError("BLOB_CORRUPT", `blob ${digest} has another content`);
  return body.subarray(SALT_BYTES);
}
