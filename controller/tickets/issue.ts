import type { CryptoKey } from "jose";
import { SignJWT } from "jose";
import type { TicketClaims, TicketSubject } from "./claims.ts";
import { TICKET_ALGORITHM, TICKET_DEFAULT_SECONDS, TICKET_MAX_SECONDS, TICKET_TYPE } from "./claims.ts";
import { TicketError } from "./errors.ts";

/** The key in use. Only the controller holds one. */
export interface TicketSigner {
  /** Id of the key, as in the published JWKS. */
  kid: string;
  /** `agent-safe/<cluster uid>`. */
  issuer: string;
  /** Private Ed25519 key. */
  key: CryptoKey;
}

/** What `issueTicket` returns; goes to `status.ticket` as it is. Times are RFC 3339, whole seconds. */
export interface IssuedTicket {
  id: string;
  attempt: number;
  audience: string;
  token: string;
  issuedAt: string;
  expiresAt: string;
}

/** `now` in epoch ms; `lifetimeSeconds` 1 to 300, default 60. */
export interface IssueOptions {
  now: number;
  lifetimeSeconds?: number;
}

/**
 * Signs one ticket. Its life starts at the whole second before `now` and is never longer than five minutes.
 * Throws TicketError `INVALID_LIFETIME`.
 */
export async function issueTicket(
  signer: TicketSigner,
  subject: TicketSubject,
  options: IssueOptions,
): Promise<IssuedTicket> {
  const lifetime = options.lifetimeSeconds ?? TICKET_DEFAULT_SECONDS;
  if (!Number.isInteger(lifetime) || lifetime < 1 || lifetime > TICKET_MAX_SECONDS) {
    throw new TicketError("INVALID_LIFETIME", `a ticket lives 1 to ${TICKET_MAX_SECONDS} seconds, not ${lifetime}`);
  }
  const iat = Math.floor(options.now / 1000);
  const claims: TicketClaims = {
    iss: signer.issuer,
    aud: subject.audience,
    sub: subject.requestUid,
    jti: subject.ticketId,
    iat,
    exp: iat + lifetime,
    attempt: subject.attempt,
    request: { namespace: subject.request.namespace, name: subject.request.name },
    action: { name: subject.action.name, digest: subject.action.digest },
    target: { id: subject.target.id, digest: subject.target.digest },
    params: subject.params,
    ...(subject.approval === undefined ? {} : { approval: subject.approval }),
    ...(subject.changeTicket === undefined ? {} : { changeTicket: subject.changeTicket }),
    agent: { id: subject.agent.id, digest: subject.agent.digest },
  };
  const token = await new SignJWT({ ...claims })
    .setProtectedHeader({ alg: TICKET_ALGORITHM, typ: TICKET_TYPE, kid: signer.kid })
    .sign(signer.key);
  return {
    id: claims.jti,
    attempt: claims.attempt,
    audience: claims.aud,
    token,
    issuedAt: rfc3339(claims.iat),
    expiresAt: rfc3339(claims.exp),
  };
}

function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
