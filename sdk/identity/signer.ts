import { createPublicKey } from "node:crypto";
import { exportJWK, importJWK, importPKCS8, type JWK } from "jose";
import { IdentityError } from "../../controller/identity/identity-error.ts";
import type { IdentitySigner } from "../../controller/identity/issue-identity.ts";
import { type IssuerKeys, jwksKeys, sharedKeys } from "../../controller/identity/trusted-keys.ts";
import { readSharedKey } from "./key-source.ts";

/** A key to sign with, and what its signatures are verified by. */
export interface SigningKey extends Pick<IdentitySigner, "algorithm" | "key" | "kid"> {
  keys: IssuerKeys;
}

/**
 * Reads a private key: a JWK (Ed25519 or P-256, with its kid), a PEM (PKCS #8), or else the bytes of a shared key.
 * @param kid id of the key in the issuer's JWKS; a JWK has its own
 * Throws IdentityError `BAD_KEY`, which never shows the key.
 */
export async function readSigningKey(file: string, kid?: string): Promise<SigningKey> {
  const bytes = await readSharedKey(file);
  const text = Buffer.from(bytes).toString("utf8").trimStart();
  try {
    if (text.startsWith("{")) return await fromJwk(JSON.parse(text) as JWK, kid);
    if (text.startsWith("-----BEGIN")) return await fromPem(text, kid);
    return { algorithm: "HS256", key: bytes, keys: sharedKeys(bytes), ...(kid !== undefined && { kid }) };
  } catch (cause) {
    // What a parser says may quote the key.
    const why = cause instanceof IdentityError ? cause.message : "it is neither a private JWK nor a PKCS #8 PEM";
    throw new IdentityError("BAD_KEY", `${file}: ${why}`);
  }
}

async function fromJwk(jwk: JWK, asked: string | undefined): Promise<SigningKey> {
  const algorithm = algorithmOf(jwk);
  if (typeof jwk.d !== "string") throw new IdentityError("BAD_KEY", "the JWK has no private key (d)");
  const kid = asked ?? jwk.kid;
  const { d: _, key_ops: __, ...open } = jwk;
  const named = { ...open, ...(kid !== undefined && { kid }) };
  return {
    algorithm,
    key: await importJWK(jwk, algorithm),
    keys: jwksKeys({ keys: [named] }),
    ...(kid !== undefined && { kid }),
  };
}

async function fromPem(pem: string, kid: string | undefined): Promise<SigningKey> {
  const open = await exportJWK(createPublicKey(pem));
  const algorithm = algorithmOf(open);
  return {
    algorithm,
    key: await importPKCS8(pem, algorithm),
    keys: jwksKeys({ keys: [{ ...open, ...(kid !== undefined && { kid }) }] }),
    ...(kid !== undefined && { kid }),
  };
}

function algorithmOf({ kty, crv }: JWK): "EdDSA" | "ES256" {
  if (kty === "OKP" && crv === "Ed25519") return "EdDSA";
  if (kty === "EC" && crv === "P-256") return "ES256";
  throw new IdentityError(
    "BAD_KEY",
    `a key of kind ${String(kty)} ${String(crv ?? "")} can't sign; use Ed25519 or P-256`,
  );
}
