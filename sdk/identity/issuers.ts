import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { IdentityConfig, IssuerConfig } from "../../controller/api/identity-config.ts";
import { IdentityError } from "../../controller/identity/identity-error.ts";
import { type IssuerKeys, sharedKeys, type TrustedIssuer } from "../../controller/identity/trusted-keys.ts";
import { jwksSource, sharedKeyFile } from "./key-source.ts";

/** What tokens are verified by, ready to use. */
export interface Trust {
  issuers: TrustedIssuer[];
  /** Ids of tokens that were revoked. */
  revoked: ReadonlySet<string>;
}

/**
 * Reads the keys of all issuers and the list of revoked tokens. Paths are relative to `dir`. Throws IdentityError `BAD_KEY`
 * when one can't be read: a token whose issuer is not known must not be taken for one that nobody vouches for.
 */
export async function loadTrust(
  config: IdentityConfig,
  { dir, env }: { dir: string; env: Readonly<Record<string, string | undefined>> },
): Promise<Trust> {
  const issuers = await Promise.all(
    config.issuers.map(async (issuer) => ({
      issuer: issuer.issuer,
      ...(issuer.audience !== undefined && { audience: issuer.audience }),
      keys: await keysOf(issuer, dir, env),
    })),
  );
  const { revokedFile } = config;
  return { issuers, revoked: revokedFile === undefined ? new Set() : await readRevoked(resolve(dir, revokedFile)) };
}

/** Ids of revoked tokens, one a line; empty lines and lines that begin with # are left out. */
export async function readRevoked(file: string): Promise<ReadonlySet<string>> {
  const lines = (await readFile(file, "utf8")).split(/\r?\n/).map((line) => line.trim());
  return new Set(lines.filter((line) => line !== "" && !line.startsWith("#")));
}

function keysOf(
  { issuer, jwksFile, jwksUrl, sharedKeyFile: keyFile, sharedKeyEnv }: IssuerConfig,
  dir: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<IssuerKeys> | IssuerKeys {
  if (jwksFile !== undefined) return jwksSource(resolve(dir, jwksFile));
  if (jwksUrl !== undefined) return jwksSource(jwksUrl);
  if (keyFile !== undefined) return sharedKeyFile(resolve(dir, keyFile));
  const key = env[sharedKeyEnv ?? ""];
  if (key === undefined || key === "")
    throw new IdentityError("BAD_KEY", `the environment has no ${sharedKeyEnv} with the key of ${issuer}`);
  return sharedKeys(Buffer.from(key, "utf8"));
}
