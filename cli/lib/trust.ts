import { dirname } from "node:path";
import type { Command } from "commander";
import { IdentityError } from "../../controller/identity/identity-error.ts";
import { loadTrust, readRevoked, type Trust } from "../../sdk/identity/issuers.ts";
import { jwksSource, sharedKeyFile } from "../../sdk/identity/key-source.ts";
import { findConfig, loadConfig } from "../../sdk/project/config.ts";
import { CliError } from "./errors.ts";

/** Options that say whose tokens are believed. */
export interface TrustFlags {
  issuer?: string;
  jwks?: string;
  sharedKeyFile?: string;
  audience?: string;
  revoked?: string;
}

/** Adds `--issuer`, `--jwks`, `--shared-key-file`, `--audience` and `--revoked`. */
export function trustOptions(command: Command): Command {
  return command
    .option("--issuer <iss>", "the issuer that is believed; default those of agent-safe.yaml (identity.issuers)")
    .option("--jwks <file|url>", "its public keys (JWKS), a file or an https URL")
    .option("--shared-key-file <file>", "or the key that is shared with it, at least 32 bytes")
    .option("--audience <aud>", "the audience that tokens must have")
    .option("--revoked <file>", "ids (jti) of revoked tokens, one a line");
}

/** What flags, else the settings file (from the folder `near` upwards), say of issuers. Nobody is believed by default. */
export async function trustOf(flags: TrustFlags, near = "."): Promise<Trust> {
  const revoked = flags.revoked === undefined ? undefined : await readRevoked(flags.revoked);
  const known = flags.issuer === undefined ? await configured(flags, near) : await named(flags, flags.issuer);
  return revoked === undefined ? known : { ...known, revoked: new Set([...known.revoked, ...revoked]) };
}

async function named({ jwks, sharedKeyFile: file, audience }: TrustFlags, issuer: string): Promise<Trust> {
  if ((jwks === undefined) === (file === undefined))
    throw new CliError("Usage", "--issuer needs its keys: either --jwks or --shared-key-file");
  const keys = jwks !== undefined ? await jwksSource(jwks) : await sharedKeyFile(file ?? "");
  return { issuers: [{ issuer, keys, ...(audience !== undefined && { audience }) }], revoked: new Set() };
}

async function configured({ jwks, sharedKeyFile: file, audience }: TrustFlags, near: string): Promise<Trust> {
  if ((jwks ?? file ?? audience) !== undefined)
    throw new CliError("Usage", "whose keys? add --issuer to --jwks, --shared-key-file or --audience");
  const path = findConfig(near);
  const config = path === undefined ? undefined : loadConfig(path);
  if (config?.identity === undefined)
    throw new CliError(
      "Usage",
      "no issuer is known: add --issuer with --jwks or --shared-key-file, or identity.issuers to agent-safe.yaml",
    );
  return loadTrust(config.identity, { dir: dirname(config.file), env: process.env });
}

/** Something that could not be read or done, as the error that ends a command; what a token is refused for is not one. */
export function isRefusal(error: unknown): error is IdentityError {
  return error instanceof IdentityError && error.code !== "BAD_KEY";
}

/** A token that was given as an argument, or on standard input as `-`, so that it does not show in a list of processes. */
export async function readToken(argument: string): Promise<string> {
  if (argument !== "-") return argument.trim();
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString("utf8").trim();
}
