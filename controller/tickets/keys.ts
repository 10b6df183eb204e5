import type { CryptoKey, JSONWebKeySet, JWK } from "jose";
import { exportJWK, generateKeyPair, importJWK } from "jose";
import { CONFIG_MAPS, SECRETS, TICKET_JWKS_KEY, TICKET_KEYS_NAME } from "../api/constants.ts";
import type { KubeClient, Logger } from "../runtime/index.ts";
import { isKubeError, sleep } from "../runtime/index.ts";
import { TICKET_ALGORITHM } from "./claims.ts";
import { TicketError } from "./errors.ts";
import type { TicketSigner } from "./issue.ts";
import type { KeyRing, RingPolicy } from "./ring.ts";
import { activeKey, keyDue, parseRing, publicSet, withKey, withoutExpired } from "./ring.ts";

/** Key of the ring in the Secret. */
export const RING_KEY = "ring.json";
/** Between looks for an API server that is away, in milliseconds. */
const RETRY_MS = 1_000;
/** Attempts against another writer before giving up until the next refresh. */
const CONFLICT_RETRIES = 8;

export interface TicketKeysOptions {
  client: KubeClient;
  /** `agent-safe-system`. */
  namespace: string;
  /** `agent-safe/<uid of kube-system>`. */
  issuer: string;
  /** Epoch ms. */
  clock: () => number;
  /** A unique id for each new key. */
  newKeyId: () => string;
  /** How long one key signs; default 30 days. */
  rotateAfterMs?: number;
  /** From publishing to first use; default 2 minutes. */
  leadMs?: number;
  /** How often the ring is looked after; default 30 s. */
  refreshMs?: number;
  logger?: Logger;
}

export interface TicketKeys {
  /**
   * Reads or makes the ring, publishes it, then keeps it rotated until the signal aborts. An API server that is away is waited for; rejects
   * when the first round fails for another reason.
   */
  start(signal: AbortSignal): Promise<void>;
  /** One round now: rotate if due, publish what is not published. Safe with several writers. */
  refresh(): Promise<void>;
  /** The key to sign with. Throws TicketError `KEYS_NOT_READY`. */
  signer(): TicketSigner;
  /** Public keys as last published. */
  jwks(): JSONWebKeySet;
  ready(): boolean;
}

interface Holder {
  metadata: { name: string; namespace?: string; resourceVersion?: string };
  data?: Record<string, string>;
}

/**
 * The controller's key ring: private keys in a Secret, public ones in a ConfigMap; both exist already (config/ ships
 * them empty) and are patched with their resourceVersion, so two writers can't lose each other's key.
 * A key signs only after it was seen in the published set.
 */
export function createTicketKeys(options: TicketKeysOptions): TicketKeys {
  const { client, namespace, issuer, clock, newKeyId, logger } = options;
  const policy: RingPolicy = {
    rotateAfterMs: options.rotateAfterMs ?? 30 * 24 * 3_600_000,
    leadMs: options.leadMs ?? 120_000,
  };
  const ref = { name: TICKET_KEYS_NAME, namespace };
  let ring: KeyRing = { keys: [] };
  let published: JSONWebKeySet = { keys: [] };
  const imported = new Map<string, CryptoKey>();

  async function updateRing(): Promise<void> {
    const secret = await client.get<Holder>(SECRETS, ref);
    const encoded = secret.data?.[RING_KEY] ?? "";
    const stored = parseRing(Buffer.from(encoded, "base64").toString("utf8"));
    const now = clock();
    let next = withoutExpired(stored, now);
    if (keyDue(next, now, policy)) next = withKey(next, await newKey(newKeyId()), now, policy);
    if (next !== stored) {
      const data = { [RING_KEY]: Buffer.from(JSON.stringify(next)).toString("base64") };
      await client.patch(
        SECRETS,
        ref,
        { metadata: { resourceVersion: secret.metadata.resourceVersion }, data },
        { type: "merge" },
      );
      logger?.info({ keys: next.keys.map(({ kid }) => kid) }, "ticket key ring changed");
    }
    ring = next;
  }

  async function publish(): Promise<void> {
    // The ConfigMap is read before the Secret: if another writer rotates in between, our patch conflicts.
    const configMap = await client.get<Holder>(CONFIG_MAPS, ref);
    await updateRing();
    const set = publicSet(ring);
    const text = JSON.stringify(set);
    if (configMap.data?.[TICKET_JWKS_KEY] !== text) {
      const body = {
        metadata: { resourceVersion: configMap.metadata.resourceVersion },
        data: { [TICKET_JWKS_KEY]: text },
      };
      await client.patch(CONFIG_MAPS, ref, body, { type: "merge" });
    }
    for (const { kid, jwk } of ring.keys) {
      if (!imported.has(kid)) imported.set(kid, await importPrivate(jwk));
    }
    published = set;
  }

  async function refresh(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await publish();
      } catch (cause) {
        if (!isKubeError(cause, "CONFLICT")) throw cause;
        if (attempt === CONFLICT_RETRIES) {
          throw new TicketError("KEYS_CONFLICT", "the ticket keys keep being changed by another writer", { cause });
        }
      }
    }
  }

  async function firstRound(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        return await refresh();
      } catch (error) {
        if (!isKubeError(error) || !error.retryable) throw error;
        logger?.warn({ err: error, retryInMs: RETRY_MS }, "the ticket keys can't be read yet");
        await sleep(RETRY_MS, signal);
      }
    }
  }

  return {
    async start(signal) {
      await firstRound(signal);
      const timer = setInterval(() => {
        refresh().catch((error: unknown) => logger?.error({ err: error }, "ticket keys were not refreshed"));
      }, options.refreshMs ?? 30_000);
      timer.unref();
      signal.addEventListener("abort", () => clearInterval(timer), { once: true });
    },
    refresh,
    signer() {
      const usable = { keys: ring.keys.filter(({ kid }) => published.keys.some((key) => key.kid === kid)) };
      const key = activeKey(usable, clock());
      const privateKey = key && imported.get(key.kid);
      if (key === undefined || privateKey === undefined) {
        throw new TicketError("KEYS_NOT_READY", "no published ticket key is active yet");
      }
      return { kid: key.kid, issuer, key: privateKey };
    },
    jwks: () => published,
    ready: () => activeKey(ring, clock()) !== undefined && published.keys.length > 0,
  };
}

async function newKey(kid: string): Promise<{ kid: string; jwk: JWK }> {
  const { privateKey } = await generateKeyPair(TICKET_ALGORITHM, { crv: "Ed25519", extractable: true });
  const { kty, crv, x, d } = await exportJWK(privateKey);
  return { kid, jwk: { kty, crv, x, d } };
}

async function importPrivate(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, TICKET_ALGORITHM);
  if (key instanceof Uint8Array) throw new TicketError("KEYS_MALFORMED", "a ticket key is not an Ed25519 key");
  return key;
}
