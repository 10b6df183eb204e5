import type { CryptoKey, JSONWebKeySet, JWTPayload } from "jose";
import { decodeProtectedHeader, errors, importJWK, jwtVerify } from "jose";
import type { TicketClaims, TicketSubject } from "./claims.ts";
import { TICKET_ALGORITHM, TICKET_MAX_SECONDS, TICKET_TYPE } from "./claims.ts";
import { TicketError } from "./errors.ts";

/** Clocks of controller and executor may differ by this much before a fresh ticket counts as issued in the future. */
const FUTURE_TOLERANCE_SECONDS = 30;

/** What the executor read live and now demands of the ticket: every field must agree. */
export interface ExpectedTicket extends TicketSubject {
  /** `agent-safe/<uid of kube-system>`. */
  issuer: string;
}

/** `now` in epoch ms. */
export interface VerifyInput {
  jwks: JSONWebKeySet;
  token: string;
  expected: ExpectedTicket;
  now: number;
}

/**
 * Verifies a ticket: key, signature, time, shape, then that it is for exactly this request, attempt and content.
 * Whether it was used before is not the token's to say: that is the claim on the request's status.
 * Throws TicketError with the code of the first thing that is wrong.
 */
export async function verifyTicket({ jwks, token, expected, now }: VerifyInput): Promise<TicketClaims> {
  const claims = await readTicket({ jwks, token, now, issuer: expected.issuer, audience: expected.audience });
  verifySubject(claims, expected);
  return claims;
}

/**
 * What a genuine ticket says: key, signature, time, shape and lifetime are verified, and issuer and audience when they are
 * given. It says nothing of whether the ticket fits what is there now. Throws TicketError.
 */
export async function readTicket(input: {
  jwks: JSONWebKeySet;
  token: string;
  now: number;
  issuer?: string;
  audience?: string;
}): Promise<TicketClaims> {
  const key = await findKey(input.jwks, input.token);
  const payload = await verifySignatureAndTime(input.token, key, input, input.now);
  const claims = parseClaims(payload);
  verifyLifetime(claims, input.now);
  return claims;
}

async function findKey(jwks: JSONWebKeySet, token: string): Promise<CryptoKey> {
  let header: ReturnType<typeof decodeProtectedHeader>;
  try {
    header = decodeProtectedHeader(token);
  } catch (cause) {
    throw new TicketError("MALFORMED", "the token is not a JWT", { cause });
  }
  if (header.typ !== TICKET_TYPE) throw new TicketError("WRONG_TYPE", "the token is not an Agent-Safe ticket");
  // The algorithm is ours to choose, not the token's: `none` and HMAC with a public key end here.
  if (header.alg !== TICKET_ALGORITHM)
    throw new TicketError("WRONG_TYPE", `tickets are signed with ${TICKET_ALGORITHM}`);
  const jwk = jwks.keys.find((candidate) => candidate.kid !== undefined && candidate.kid === header.kid);
  if (jwk === undefined) throw new TicketError("UNKNOWN_KEY", "the ticket is signed by a key that is not published");
  try {
    const key = await importJWK({ kty: jwk.kty, crv: jwk.crv, x: jwk.x }, TICKET_ALGORITHM);
    if (key instanceof Uint8Array) throw new TypeError("a symmetric key");
    return key;
  } catch (cause) {
    throw new TicketError("KEYS_MALFORMED", `published key ${String(jwk.kid)} is not an Ed25519 public key`, { cause });
  }
}

async function verifySignatureAndTime(
  token: string,
  key: CryptoKey,
  expected: { issuer?: string; audience?: string },
  now: number,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [TICKET_ALGORITHM],
      typ: TICKET_TYPE,
      ...(expected.issuer !== undefined && { issuer: expected.issuer }),
      ...(expected.audience !== undefined && { audience: expected.audience }),
      requiredClaims: ["iss", "aud", "sub", "jti", "iat", "exp"],
      currentDate: new Date(now),
    });
    return payload;
  } catch (cause) {
    throw refusal(cause);
  }
}

function refusal(cause: unknown): TicketError {
  if (cause instanceof errors.JWSSignatureVerificationFailed) {
    return new TicketError("BAD_SIGNATURE", "the ticket's signature does not fit its content", { cause });
  }
  if (cause instanceof errors.JWTExpired) return new TicketError("EXPIRED", "the ticket has expired", { cause });
  if (cause instanceof errors.JWTClaimValidationFailed) {
    if (cause.reason === "missing")
      return new TicketError("MISSING_CLAIM", `the ticket lacks ${cause.claim}`, { cause });
    if (cause.claim === "iss")
      return new TicketError("WRONG_ISSUER", "the ticket was issued by another cluster", { cause });
    if (cause.claim === "aud")
      return new TicketError("WRONG_AUDIENCE", "the ticket is for another executor", { cause });
    if (cause.claim === "nbf") return new TicketError("NOT_YET_VALID", "the ticket is not valid yet", { cause });
  }
  return new TicketError("MALFORMED", "the token is not a valid ticket", { cause });
}

function parseClaims(payload: JWTPayload): TicketClaims {
  const text = (value: unknown, name: string): string => {
    if (typeof value !== "string" || value === "") throw new TicketError("MISSING_CLAIM", `the ticket lacks ${name}`);
    return value;
  };
  const integer = (value: unknown, name: string): number => {
    if (typeof value !== "number" || !Number.isSafeInteger(value)) {
      throw new TicketError("MISSING_CLAIM", `the ticket lacks ${name}`);
    }
    return value;
  };
  const part = (value: unknown, name: string, key: string): string => {
    const record = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
    return text(record[key], `${name}.${key}`);
  };
  return {
    iss: text(payload.iss, "iss"),
    aud: text(payload.aud, "aud"),
    sub: text(payload.sub, "sub"),
    jti: text(payload.jti, "jti"),
    iat: integer(payload.iat, "iat"),
    exp: integer(payload.exp, "exp"),
    attempt: integer(payload.attempt, "attempt"),
    request: {
      namespace: part(payload.request, "request", "namespace"),
      name: part(payload.request, "request", "name"),
    },
    action: { name: part(payload.action, "action", "name"), digest: part(payload.action, "action", "digest") },
    target: { id: part(payload.target, "target", "id"), digest: part(payload.target, "target", "digest") },
    params: text(payload.params, "params"),
    ...(payload.approval === undefined ? {} : { approval: text(payload.approval, "approval") }),
    ...(payload.changeTicket === undefined ? {} : { changeTicket: text(payload.changeTicket, "changeTicket") }),
    agent: { id: part(payload.agent, "agent", "id"), digest: part(payload.agent, "agent", "digest") },
  };
}

function verifyLifetime(claims: TicketClaims, now: number): void {
  if (claims.iat > now / 1000 + FUTURE_TOLERANCE_SECONDS) {
    throw new TicketError("NOT_YET_VALID", "the ticket was issued in the future");
  }
  if (claims.exp - claims.iat > TICKET_MAX_SECONDS) {
    throw new TicketError("LIFETIME_TOO_LONG", `the ticket lives longer than ${TICKET_MAX_SECONDS} seconds`);
  }
}

function verifySubject(claims: TicketClaims, expected: ExpectedTicket): void {
  const same = (is: unknown, should: unknown, code: TicketError["code"], what: string): void => {
    if (is !== should) throw new TicketError(code, `the ticket is for another ${what}`);
  };
  same(claims.sub, expected.requestUid, "WRONG_REQUEST", "request");
  same(claims.request.namespace, expected.request.namespace, "WRONG_REQUEST", "request");
  same(claims.request.name, expected.request.name, "WRONG_REQUEST", "request");
  same(claims.jti, expected.ticketId, "WRONG_TICKET", "ticket id");
  same(claims.attempt, expected.attempt, "WRONG_ATTEMPT", "attempt");
  same(claims.action.name, expected.action.name, "WRONG_ACTION", "action");
  same(claims.action.digest, expected.action.digest, "ACTION_CHANGED", "version of the action");
  same(claims.target.id, expected.target.id, "WRONG_TARGET", "target");
  same(claims.target.digest, expected.target.digest, "TARGET_CHANGED", "version of the target");
  same(claims.params, expected.params, "PARAMS_CHANGED", "set of parameters");
  same(claims.approval, expected.approval, "APPROVAL_CHANGED", "approval");
  same(claims.changeTicket, expected.changeTicket, "WRONG_CHANGE_TICKET", "change ticket");
  same(claims.agent.id, expected.agent.id, "WRONG_AGENT", "agent");
  same(claims.agent.digest, expected.agent.digest, "AGENT_CHANGED", "version of the agent");
}
