import { type CryptoKey, importJWK, type JSONWebKeySet, type JWK } from "jose";
import { show } from "../policy/field-error.ts";
import { IdentityError } from "./identity-error.ts";

/** The shortest shared key, in bytes: the strength of HS256. */
export const MIN_SHARED_KEY_BYTES = 32;

/** Who is trusted to say who somebody is. */
export interface TrustedIssuer {
  /** The `iss` of its tokens, compared as it is. */
  issuer: string;
  /** The `aud` that its tokens must have. */
  audience?: string;
  keys: IssuerKeys;
}

/** Keys by which an issuer's tokens are verified. */
export type IssuerKeys = { kind: "shared"; secret: Uint8Array } | { kind: "jwks"; jwks: JSONWebKeySet };

/** A key and the only algorithm that it is used with. */
export interface VerificationKey {
  algorithm: "HS256" | "EdDSA" | "ES256" | "RS256";
  key: CryptoKey | Uint8Array;
}

/** A key that issuer and verifiers share. Throws IdentityError `BAD_KEY` when it is too short. */
export function sharedKeys(secret: Uint8Array): IssuerKeys {
  if (secret.byteLength < MIN_SHARED_KEY_BYTES)
    throw new IdentityError(
      "BAD_KEY",
      `a shared key has at least ${MIN_SHARED_KEY_BYTES} bytes, this one has ${secret.byteLength}`,
    );
  return { kind: "shared", secret };
}

/** Public keys as published. Throws IdentityError `BAD_KEY` for anything that is not a set of public keys of known kinds. */
export function jwksKeys(value: unknown): IssuerKeys {
  const keys = (value as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys) || keys.length === 0) throw new IdentityError("BAD_KEY", "a JWKS has a list of keys");
  const ids = new Set<unknown>();
  for (const [i, jwk] of (keys as (JWK | null)[]).entries()) {
    if (typeof jwk !== "object" || jwk === null) throw new IdentityError("BAD_KEY", `keys[${i}] is not an object`);
    // A private or shared key in a set that anybody may read lets anybody mint.
    if ("d" in jwk || "k" in jwk) throw new IdentityError("BAD_KEY", `keys[${i}] is not a public key`);
    if (keys.length > 1 && (typeof jwk.kid !== "string" || ids.has(jwk.kid)))
      throw new IdentityError("BAD_KEY", `keys[${i}].kid: each of several keys needs an id of its own`);
    ids.add(jwk.kid);
  }
  if (!keys.some((jwk) => algorithmOf(jwk as JWK) !== undefined))
    throw new IdentityError("BAD_KEY", "no key is of a known kind: Ed25519, P-256 or RSA, for signatures");
  return { kind: "jwks", jwks: { keys: keys as JWK[] } };
}

/** The algorithm follows from the key, never from the token: a public key is no HMAC secret, and `none` is nothing. */
function algorithmOf({ kty, crv, use, alg }: JWK): "EdDSA" | "ES256" | "RS256" | undefined {
  const found =
    kty === "OKP" && crv === "Ed25519"
      ? "EdDSA"
      : kty === "EC" && crv === "P-256"
        ? "ES256"
        : kty === "RSA"
          ? "RS256"
          : undefined;
  if (use !== undefined && use !== "sig") return undefined;
  return alg === undefined || alg === found || (alg === "Ed25519" && found === "EdDSA") ? found : undefined;
}

/** The key of an issuer that a token names, with its algorithm. Throws IdentityError `UNKNOWN_KEY` or `BAD_KEY`. */
export async function findKey(keys: IssuerKeys, kid: string | undefined): Promise<VerificationKey> {
  if (keys.kind === "shared") return { algorithm: "HS256", key: keys.secret };
  const [first, ...more] = keys.jwks.keys;
  const jwk =
    kid === undefined && more.length === 0 ? first : keys.jwks.keys.find((candidate) => candidate.kid === kid);
  if (jwk === undefined || (kid === undefined && more.length > 0)) {
    const what =
      kid === undefined ? "the token names no key (kid), and its issuer has several" : "its issuer has no key";
    throw new IdentityError("UNKNOWN_KEY", kid === undefined ? what : `${what} ${show(kid)}`);
  }
  const algorithm = algorithmOf(jwk);
  if (algorithm === undefined)
    throw new IdentityError("UNKNOWN_KEY", `key ${show(jwk.kid)} of the issuer is of no known kind`);
  try {
    return { algorithm, key: await importJWK(jwk, algorithm) };
  } catch (cause) {
    throw new IdentityError("BAD_KEY", `key ${show(jwk.kid)} of the issuer can't be read`, { cause });
  }
}
