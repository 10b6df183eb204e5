import { type CryptoKey, SignJWT } from "jose";
import { show } from "../policy/field-error.ts";
import type { DelegationScope } from "../policy/types.ts";
import { MAX_DELEGATION_DEPTH } from "./delegation-chain.ts";
import { IdentityError } from "./identity-error.ts";
import {
  type ChainClaim,
  DELEGATION_TYPE,
  IDENTITY_TYPE,
  type IdentityClaims,
  MAX_LIFETIME_SECONDS,
} from "./token-format.ts";
import { isReceiver, readScope } from "./verify-chain.ts";
import { type VerifiedIdentity, type VerifyIdentityOptions, verifyIdentity } from "./verify-identity.ts";

const DEFAULT_TTL_MS = 3_600_000;

/** The private half of an issuer. */
export interface IdentitySigner {
  issuer: string;
  audience?: string;
  algorithm: "HS256" | "EdDSA" | "ES256";
  key: CryptoKey | Uint8Array;
  /** Id of the key in the issuer's JWKS. */
  kid?: string;
}

/** Times in epoch ms. */
export interface MintInput {
  /** As the Agent's JWT subject has it. */
  subject: string;
  roles: readonly string[];
  groups: readonly string[];
  /** Default one hour, at most 168. */
  ttlMs?: number;
  now: number;
  /** A value never used before; by it the token can be revoked. */
  tokenId: string;
}

/** Signs an identity token. Throws IdentityError `INVALID_LIFETIME`. */
export function mintIdentity(signer: IdentitySigner, input: MintInput): Promise<string> {
  const iat = Math.floor(input.now / 1000);
  return sign(signer, IDENTITY_TYPE, {
    iss: signer.issuer,
    ...(signer.audience !== undefined && { aud: signer.audience }),
    sub: input.subject,
    jti: input.tokenId,
    iat,
    exp: iat + lifetime(input.ttlMs),
    roles: input.roles,
    groups: input.groups,
  });
}

/** What is lent. Roles and groups that are not named are not lent. */
export interface LendInput {
  /** What the receiver is called under the one who lends: an agent id without `/`. */
  to: string;
  roles?: readonly string[];
  groups?: readonly string[];
  scope?: DelegationScope;
  /** Default one hour; never beyond what is left of the parent. */
  ttlMs?: number;
  /** How deep it may be lent on, 1 to 5, this being 1; only the first of a chain says so. */
  maxDepth?: number;
  /** A value never used before. */
  tokenId: string;
}

/**
 * Verifies the parent and signs a token that holds a part of it. Throws IdentityError: what `verifyIdentity` throws for the
 * parent, `NOT_NARROWER`, `TOO_DEEP`, `BAD_RECEIVER` or `INVALID_LIFETIME` for what is to be lent.
 */
export async function createDelegation(
  parentToken: string,
  input: LendInput,
  { signer, ...verify }: VerifyIdentityOptions & { signer: IdentitySigner },
): Promise<{ token: string; identity: VerifiedIdentity }> {
  const parent = await verifyIdentity(parentToken, verify);
  if (parent.issuer !== signer.issuer)
    throw new IdentityError(
      "UNKNOWN_ISSUER",
      `the parent is of ${show(parent.issuer)}; only its issuer can lend on in its name, not ${show(signer.issuer)}`,
    );
  const iat = Math.floor(verify.now / 1000);
  const token = await sign(signer, DELEGATION_TYPE, lend(parent, input, iat));
  return { token, identity: await verifyIdentity(token, verify) };
}

function lend(parent: VerifiedIdentity, input: LendInput, iat: number): IdentityClaims {
  const { to, tokenId } = input;
  if (!isReceiver(to)) throw new IdentityError("BAD_RECEIVER", `to: ${show(to)} is no agent id without a /`);
  if (parent.subject.split("/").includes(to))
    throw new IdentityError("BAD_RECEIVER", `to: ${show(to)} is in the chain already (${show(parent.subject)})`);
  const { roles = [], groups = [], tokenId: parentId } = parent;
  if (parentId === undefined) throw new IdentityError("MISSING_CLAIM", "the parent has no id (jti)");
  const claims = {
    roles: subset("roles", input.roles ?? [], roles),
    groups: subset("groups", input.groups ?? [], groups),
  };
  const end = Math.floor(parent.expiresAt / 1000);
  const last: ChainClaim = {
    sub: parent.subject,
    jti: parentId,
    exp: end,
    roles,
    groups,
    ...(input.scope !== undefined && { scope: readScope(input.scope, "scope") }),
    at: iat,
  };
  return {
    iss: parent.issuer,
    ...(parent.audience !== undefined && { aud: parent.audience }),
    sub: `${parent.subject}/${to}`,
    jti: tokenId,
    iat,
    exp: Math.min(end, iat + lifetime(input.ttlMs)),
    ...claims,
    delegation: { maxDepth: depthOf(parent, input.maxDepth), chain: [...parent.chain.map(chainClaim), last] },
  };
}

function depthOf(parent: VerifiedIdentity, asked: number | undefined): number {
  if (parent.depth === 0) {
    const depth = asked ?? 1;
    if (!Number.isInteger(depth) || depth < 1 || depth > MAX_DELEGATION_DEPTH)
      throw new IdentityError("TOO_DEEP", `maxDepth: must be 1 to ${MAX_DELEGATION_DEPTH}, not ${depth}`);
    return depth;
  }
  if (asked !== undefined)
    throw new IdentityError("TOO_DEEP", `maxDepth: the first of the chain set it to ${parent.maxDepth}; leave it out`);
  if (parent.depth >= parent.maxDepth)
    throw new IdentityError(
      "TOO_DEEP",
      `${show(parent.subject)} may not lend on: its chain has ${parent.depth} links, and the root allows ${parent.maxDepth}`,
    );
  return parent.maxDepth;
}

function subset(what: "roles" | "groups", wanted: readonly string[], held: readonly string[]): readonly string[] {
  const extra = wanted.filter((name) => !held.includes(name)).toSorted();
  if (extra.length > 0)
    throw new IdentityError("NOT_NARROWER", `${what}: the parent has not ${extra.map(show).join(", ")}`);
  return wanted;
}

function chainClaim({ subject, tokenId, expiresAt, roles, groups, scope, at }: VerifiedIdentity["chain"][number]) {
  return {
    sub: subject,
    jti: tokenId,
    exp: Math.floor(expiresAt / 1000),
    roles,
    groups,
    ...(scope !== undefined && { scope }),
    at: Math.floor(at / 1000),
  };
}

function lifetime(ttlMs: number | undefined): number {
  const whole = Math.floor((ttlMs ?? DEFAULT_TTL_MS) / 1000);
  if (!(whole >= 1 && whole <= MAX_LIFETIME_SECONDS))
    throw new IdentityError("INVALID_LIFETIME", `ttl: must be 1s to 168h, not ${whole}s`);
  return whole;
}

function sign(signer: IdentitySigner, typ: string, claims: IdentityClaims): Promise<string> {
  const { algorithm, kid, key } = signer;
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: algorithm, typ, ...(kid !== undefined && { kid }) })
    .sign(key);
}
