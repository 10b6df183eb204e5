import type { DelegationScope } from "../policy/types.ts";

/** `typ` of a token that says who somebody is. */
export const IDENTITY_TYPE = "agentsafe-identity+jwt";
/** `typ` of a token that says what was lent to somebody. */
export const DELEGATION_TYPE = "agentsafe-delegation+jwt";
/** Longer tokens are not looked at. */
export const MAX_TOKEN_BYTES = 16_384;
/** The longest life that is given or lent, in seconds: 168 hours. */
export const MAX_LIFETIME_SECONDS = 604_800;
/** Most roles, and most groups, in a token, and their longest. */
export const MAX_NAMES = 32;
export const MAX_NAME_LENGTH = 128;

/** What a receiver is called under the one who lends: an agent id without `/`, which separates the links. */
export const RECEIVER_PATTERN = /^[A-Za-z0-9]([A-Za-z0-9._:@-]*[A-Za-z0-9])?$/;
export const MAX_RECEIVER_LENGTH = 253;

/**
 * One who lent, as a delegation token carries it: the claims of the token that it held, and what it lent of that. The signature
 * of that token is not carried: whoever got the child could act by it as the parent.
 */
export interface ChainClaim {
  sub: string;
  jti: string;
  exp: number;
  roles: readonly string[];
  groups: readonly string[];
  /** What it lent; absent is all that it may do itself. */
  scope?: DelegationScope;
  /** When it lent, in seconds since the epoch. */
  at: number;
}

/** Payload of both types. Times are in seconds since the epoch. */
export interface IdentityClaims {
  iss: string;
  aud?: string;
  /** Of a delegated identity `<subject of who lent>/<name of the receiver>`. */
  sub: string;
  jti: string;
  iat: number;
  exp: number;
  roles: readonly string[];
  groups: readonly string[];
  /** Only in a delegation token. */
  delegation?: {
    /** How deep the root lets its power be lent on, 1 to 5. */
    maxDepth: number;
    /** Root first. */
    chain: readonly ChainClaim[];
  };
}
