import {
  certificateEnd,
  issueAuthority,
  type KeyPair,
  readKeyPair,
} from "../../controller/runtime/https/certificates.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long an authority lives. */
export const AUTHORITY_LIFETIME_MS = 365 * DAY_MS;
/** How long a serving certificate lives; it is held in memory only. */
export const SERVING_LIFETIME_MS = 7 * DAY_MS;
/** An authority is replaced when this little of its life is left: weeks to notice, should that fail. */
export const AUTHORITY_RENEWAL_MS = 90 * DAY_MS;
/** How long the bundle goes on naming the authority before: longer than any certificate it signed. */
export const OVERLAP_MS = SERVING_LIFETIME_MS + DAY_MS;

/** What the Secret holds: the authority that signs, and the certificate of the one before it. */
export interface Authority {
  readonly current: KeyPair;
  readonly previous?: string;
  /** When `current` was issued, epoch milliseconds. */
  readonly issuedAt: number;
}

/** A new authority that keeps the certificate of the one it replaces. */
export async function renewAuthority(before: Authority | undefined, now: number): Promise<Authority> {
  const current = await issueAuthority({
    name: "agent-safe-webhook",
    now,
    lifetimeMs: AUTHORITY_LIFETIME_MS,
  });
  return { current, previous: before?.current.certificate, issuedAt: now };
}

/** Whether an authority must be replaced now. One that begins in the future comes from a clock that was wrong. */
export function authorityIsDue(authority: Authority, now: number): boolean {
  return now >= authority.current.notAfter - AUTHORITY_RENEWAL_MS || now < authority.current.notBefore;
}

/** The `caBundle` of the webhook configurations: the newest authority first, then the one before while it may still be met. */
export function trustBundle(authority: Authority, now: number): string {
  const { current, previous, issuedAt } = authority;
  const met = previous !== undefined && now < issuedAt + OVERLAP_MS && certificateEnd(previous) > now;
  return met ? current.certificate + previous : current.certificate;
}

/** The Secret's `data` (base64) for an authority. */
export function encodeAuthority(authority: Authority): Record<string, string | null> {
  return {
    "ca.crt": base64(authority.current.certificate),
    "ca.key": base64(authority.current.key),
    "issued-at": base64(new Date(authority.issuedAt).toISOString()),
    "previous.crt": authority.previous === undefined ? null : base64(authority.previous),
  };
}

/** Reads the Secret's `data`; undefined when it is empty. Throws CertificateError when it holds something unreadable. */
export async function decodeAuthority(
  data: Readonly<Record<string, string>> | undefined,
): Promise<Authority | undefined> {
  const certificate = text(data?.["ca.crt"]);
  const key = text(data?.["ca.key"]);
  if (!certificate && !key) return undefined;
  const current = await readKeyPair(certificate, key);
  const previous = text(data?.["previous.crt"]) || undefined;
  if (previous) certificateEnd(previous);
  const issuedAt = Date.parse(text(data?.["issued-at"]));
  return { current, previous, issuedAt: Number.isNaN(issuedAt) ? current.notBefore : issuedAt };
}

function base64(value: string): string {
  return Buffer.from(value).toString("base64");
}

function text(value: string | undefined): string {
  return value === undefined ? "" : Buffer.from(value, "base64").toString();
}
