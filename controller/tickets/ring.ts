/**
 * The key ring as a pure state machine. A key is published first, becomes active `leadMs` later (so that every
 * verifier has seen it), and stays published until the last ticket it could have signed has expired.
 */
import type { JSONWebKeySet, JWK } from "jose";
import { TICKET_ALGORITHM, TICKET_MAX_SECONDS } from "./claims.ts";
import { TicketError } from "./errors.ts";

/** One key with its private half. Times in epoch ms. */
export interface RingKey {
  kid: string;
  /** Private JWK (OKP, Ed25519). */
  jwk: JWK;
  createdAt: number;
  /** Signs from here on, until a younger key is active. */
  activeFrom: number;
}

/** Oldest key first. */
export interface KeyRing {
  keys: RingKey[];
}

/** All in ms. */
export interface RingPolicy {
  /** A key signs this long before the next takes over. */
  rotateAfterMs: number;
  /** Between publishing a key and its first use. */
  leadMs: number;
}

/** What verifiers may lag behind in time, on top of the longest ticket. */
const RETIRE_SLACK_MS = 60_000;

/** The key that signs at `now`: the youngest active one, or the oldest of all after the clock was set back. */
export function activeKey(ring: KeyRing, now: number): RingKey | undefined {
  return ring.keys.filter((key) => key.activeFrom <= now).at(-1) ?? ring.keys[0];
}

/** Whether a new key is due; the caller makes one and hands it to `withKey`. */
export function keyDue(ring: KeyRing, now: number, policy: RingPolicy): boolean {
  const youngest = ring.keys.at(-1);
  return youngest === undefined || now >= youngest.activeFrom + policy.rotateAfterMs - policy.leadMs;
}

/** The ring with one more key. The first key is active at once: nobody could have cached a set without it. */
export function withKey(ring: KeyRing, key: { kid: string; jwk: JWK }, now: number, policy: RingPolicy): KeyRing {
  const activeFrom = ring.keys.length === 0 ? now : now + policy.leadMs;
  return { keys: [...ring.keys, { ...key, createdAt: now, activeFrom }] };
}

/** The ring without the keys whose last possible ticket has expired. */
export function withoutExpired(ring: KeyRing, now: number): KeyRing {
  const keep = ring.keys.filter((_, index) => {
    const next = ring.keys[index + 1];
    return next === undefined || now < next.activeFrom + TICKET_MAX_SECONDS * 1000 + RETIRE_SLACK_MS;
  });
  return keep.length === ring.keys.length ? ring : { keys: keep };
}

/** The public halves, as published. Deterministic for a ring. */
export function publicSet(ring: KeyRing): JSONWebKeySet {
  return {
    keys: ring.keys.map(({ kid, jwk }) => ({
      kty: "OKP",
      crv: "Ed25519",
      alg: TICKET_ALGORITHM,
      use: "sig",
      kid,
      x: jwk.x,
    })),
  };
}

/** Reads a ring back; an empty text is an empty ring. Throws TicketError `KEYS_MALFORMED`, never echoing the content. */
export function parseRing(text: string): KeyRing {
  if (text === "") return { keys: [] };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message would quote key material.
    throw new TicketError("KEYS_MALFORMED", "the ticket key ring is not JSON");
  }
  const keys = typeof value === "object" && value !== null ? (value as { keys?: unknown }).keys : undefined;
  if (!Array.isArray(keys) || !keys.every(isRingKey)) {
    throw new TicketError("KEYS_MALFORMED", "the ticket key ring does not have the expected shape");
  }
  return { keys: keys.toSorted((a, b) => a.activeFrom - b.activeFrom) };
}

function isRingKey(value: unknown): value is RingKey {
  if (typeof value !== "object" || value === null) return false;
  const key = value as Partial<RingKey>;
  const jwk = key.jwk;
  return (
    typeof key.kid === "string" &&
    typeof key.createdAt === "number" &&
    typeof key.activeFrom === "number" &&
    typeof jwk === "object" &&
    jwk.kty === "OKP" &&
    jwk.crv === "Ed25519" &&
    typeof jwk.x === "string" &&
    typeof jwk.d === "string"
  );
}
