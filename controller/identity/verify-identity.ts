import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  jwtVerify,
  type ProtectedHeaderParameters,
} from "jose";
import { show } from "../policy/field-error.ts";
import type { DelegationScope } from "../policy/types.ts";
import { IdentityError } from "./identity-error.ts";
import { DELEGATION_TYPE, IDENTITY_TYPE, MAX_TOKEN_BYTES } from "./token-format.ts";
import { findKey, type TrustedIssuer } from "./trusted-keys.ts";
import { names, readChain, seconds, text } from "./verify-chain.ts";

/** What a token is verified by. */
export interface VerifyIdentityOptions {
  issuers: readonly TrustedIssuer[];
  /** Epoch ms. */
  now: number;
  /** Ids (`jti`) of tokens that were revoked; a token counts as revoked with any token of its chain. */
  revoked?: ReadonlySet<string>;
  /** What clocks may differ by, in seconds; default 0. */
  toleranceSeconds?: number;
}

/** One who lent. Times in epoch ms. */
export interface IdentityLink {
  subject: string;
  tokenId: string;
  roles: readonly string[];
  groups: readonly string[];
  scope?: DelegationScope;
  expiresAt: number;
  /** When it lent. */
  at: number;
}

/** What a token proves. Times in epoch ms. */
export interface VerifiedIdentity {
  issuer: string;
  audience?: string;
  /** Of a delegated identity `<subject of who lent>/<name of the receiver>`. */
  subject: string;
  /** With whom the chain begins; the subject itself when nothing was lent. */
  rootSubject: string;
  tokenId?: string;
  /** Absent in a token of another maker: its roles are what its Agent has. */
  roles?: readonly string[];
  groups?: readonly string[];
  issuedAt: number;
  expiresAt: number;
  /** 0 for a plain identity. */
  depth: number;
  /** How deep the root lets its power be lent on; 0 for a plain identity, which has lent nothing yet. */
  maxDepth: number;
  /** Who lent, root first. */
  chain: readonly IdentityLink[];
}

/**
 * Verifies an identity or delegation token: size, type, issuer, key, signature, times, audience, then every link of the
 * chain and the list of revoked tokens. Throws IdentityError with the code of the first thing that is wrong; a token that
 * fails is never an identity of any kind.
 */
export async function verifyIdentity(token: string, options: VerifyIdentityOptions): Promise<VerifiedIdentity> {
  if (Buffer.byteLength(token) > MAX_TOKEN_BYTES)
    throw new IdentityError("TOO_LARGE", `the token has more than ${MAX_TOKEN_BYTES} bytes`);
  const { header, claims } = decode(token);
  const issuer = options.issuers.find((known) => known.issuer === claims.iss);
  if (issuer === undefined)
    throw new IdentityError("UNKNOWN_ISSUER", `no issuer ${show(claims.iss ?? null)} is trusted here`);
  const own = checkType(header.typ, issuer);
  const { algorithm, key } = await findKey(issuer.keys, header.kid);
  if (header.alg !== algorithm)
    throw new IdentityError(
      "WRONG_ALGORITHM",
      `the token says it is signed by ${show(header.alg)}, and the issuer's key is for ${algorithm}`,
    );
  const tolerance = options.toleranceSeconds ?? 0;
  const payload = await verifySignature(token, key, {
    algorithms: [algorithm],
    issuer: issuer.issuer,
    ...(issuer.audience !== undefined && { audience: issuer.audience }),
    requiredClaims: ["iss", "sub", "iat", "exp", ...(own ? ["jti"] : [])],
    currentDate: new Date(options.now),
    clockTolerance: tolerance,
  });
  const identity = readIdentity(payload, issuer, own ? header.typ === DELEGATION_TYPE : undefined);
  if (identity.issuedAt > options.now + tolerance * 1000)
    throw new IdentityError("NOT_YET_VALID", "the token was issued in the future");
  for (const { tokenId, subject } of [...identity.chain, identity]) {
    if (tokenId !== undefined && options.revoked?.has(tokenId))
      throw new IdentityError("REVOKED", `token ${show(tokenId)} of ${show(subject)} was revoked`);
  }
  return identity;
}

function decode(token: string): { header: ProtectedHeaderParameters; claims: JWTPayload } {
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) };
  } catch (cause) {
    throw new IdentityError("MALFORMED", "the token is not a JWT", { cause });
  }
}

/**
 * Whether the token is of our own make. Others (`JWT`, `at+jwt` or no type) are taken only from an issuer with public keys
 * and an audience, which says that they are meant for here: a ticket or a token for something else is no identity.
 */
function checkType(typ: string | undefined, issuer: TrustedIssuer): boolean {
  if (typ === IDENTITY_TYPE || typ === DELEGATION_TYPE) return true;
  const plain = typ === undefined || ["jwt", "at+jwt"].includes(typ.toLowerCase());
  if (plain && issuer.keys.kind === "jwks" && issuer.audience !== undefined) return false;
  const hint = plain ? "; others are taken only from an issuer with a JWKS and an audience" : "";
  throw new IdentityError(
    "WRONG_TYPE",
    `a token of type ${show(typ ?? null)} is no identity; the type is ${IDENTITY_TYPE} or ${DELEGATION_TYPE}${hint}`,
  );
}

async function verifySignature(
  token: string,
  key: Parameters<typeof jwtVerify>[1],
  options: Parameters<typeof jwtVerify>[2],
): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, key, options)).payload;
  } catch (cause) {
    throw refusal(cause);
  }
}

function refusal(cause: unknown): IdentityError {
  if (cause instanceof errors.JWSSignatureVerificationFailed)
    return new IdentityError("BAD_SIGNATURE", "the token's signature does not fit its content", { cause });
  if (cause instanceof errors.JWTExpired) {
    const at = typeof cause.payload.exp === "number" ? ` at ${isoTime(cause.payload.exp)}` : "";
    return new IdentityError("EXPIRED", `the token expired${at}`, { cause });
  }
  if (cause instanceof errors.JWTClaimValidationFailed) {
    if (cause.reason === "missing")
      return new IdentityError("MISSING_CLAIM", `the token lacks ${cause.claim}`, { cause });
    if (cause.claim === "aud") return new IdentityError("WRONG_AUDIENCE", "the token is for somebody else", { cause });
    if (cause.claim === "nbf") return new IdentityError("NOT_YET_VALID", "the token is not valid yet", { cause });
  }
  return new IdentityError("MALFORMED", "the token is not a valid JWT", { cause });
}

function isoTime(value: number): string {
  const date = new Date(value * 1000);
  return Number.isNaN(date.getTime()) ? "some time" : date.toISOString();
}

/** `delegated` is undefined for a token of another maker, whose own claims about roles mean nothing here. */
function readIdentity(payload: JWTPayload, issuer: TrustedIssuer, delegated: boolean | undefined): VerifiedIdentity {
  const subject = text(payload.sub, "sub", 512);
  const common = {
    issuer: issuer.issuer,
    ...(issuer.audience !== undefined && { audience: issuer.audience }),
    subject,
    rootSubject: subject,
    issuedAt: seconds(payload.iat, "iat") * 1000,
    expiresAt: seconds(payload.exp, "exp") * 1000,
    depth: 0,
    maxDepth: 0,
    chain: [],
  };
  if (delegated === undefined) return { ...common, ...(typeof payload.jti === "string" && { tokenId: payload.jti }) };
  const identity = {
    ...common,
    tokenId: text(payload.jti, "jti", 128),
    roles: names(payload.roles, "roles"),
    groups: names(payload.groups, "groups"),
  };
  if (!delegated) {
    if (payload.delegation !== undefined)
      throw new IdentityError("BAD_CLAIM", `delegation: a token of type ${IDENTITY_TYPE} has no chain`);
    return identity;
  }
  const { maxDepth, chain } = readChain(payload.delegation, identity);
  return { ...identity, rootSubject: chain[0]?.subject ?? subject, depth: chain.length, maxDepth, chain };
}
