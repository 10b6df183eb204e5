/** What a ticket says. The format is shared by the issuer and the verifier; neither imports the other. */

/** The only signature algorithm that is issued or accepted. */
export const TICKET_ALGORITHM = "EdDSA";
/** The `typ` header: a JWT made for anything else is not a ticket. */
export const TICKET_TYPE = "agentsafe-ticket+jwt";
/** Lifetime of a ticket when nothing else is asked for, in seconds. */
export const TICKET_DEFAULT_SECONDS = 60;
/** The longest lifetime that is issued or accepted, in seconds. */
export const TICKET_MAX_SECONDS = 300;

/** What a ticket is bound to: the decider fills it in, the executor compares every field with what it reads live. */
export interface TicketSubject {
  /** UID of the ActionRequest (`sub`). */
  requestUid: string;
  /** Id of the ticket (`jti`), also in `status.ticket.id`. */
  ticketId: string;
  /** Who may redeem it (`aud`), from the Action's `execution.audience`. */
  audience: string;
  /** 1 for the first ticket of a request, counted up by reissues. */
  attempt: number;
  request: { namespace: string; name: string };
  action: { name: string; digest: string };
  target: { id: string; digest: string };
  /** Digest of the resolved parameters (`status.decision.params`). */
  params: string;
  /** Digest of what people approved; absent when no approval was needed. */
  approval?: string;
  /** The external change ticket that the request names (`spec.ticketId`), such as `CHG-1042`; absent when it names none. */
  changeTicket?: string;
  agent: { id: string; digest: string };
}

/** The JWT payload. Times are in seconds since the epoch. */
export interface TicketClaims {
  iss: string;
  aud: string;
  sub: string;
  jti: string;
  iat: number;
  exp: number;
  attempt: number;
  request: { namespace: string; name: string };
  action: { name: string; digest: string };
  target: { id: string; digest: string };
  params: string;
  approval?: string;
  changeTicket?: string;
  agent: { id: string; digest: string };
}
