import type { JSONWebKeySet } from "jose";
import { CONFIG_MAPS, TICKET_JWKS_KEY, TICKET_KEYS_NAME } from "../api/constants.ts";
import type { KubeClient, Logger } from "../runtime/index.ts";
import type { TicketClaims } from "./claims.ts";
import { TicketError } from "./errors.ts";
import type { ExpectedTicket } from "./verify.ts";
import { verifyTicket } from "./verify.ts";

/** A key that is not known makes one read, but never more than one in this time: forged key ids are free to make. */
const MIN_REREAD_MS = 1_000;

export interface TicketVerifierKeysOptions {
  client: KubeClient;
  /** `agent-safe-system`. */
  namespace: string;
  /** Epoch ms. */
  clock: () => number;
  /** How often the keys are read again, so that a withdrawn key stops counting; default 15 s. */
  refreshMs?: number;
  logger?: Logger;
}

export interface TicketVerifierKeys {
  /** Reads the keys and keeps them fresh until the signal aborts. The first read may fail: `ready` tells. */
  start(signal: AbortSignal): Promise<void>;
  refresh(): Promise<void>;
  ready(): boolean;
  jwks(): JSONWebKeySet;
  /** Verifies with the published keys, reading them once more if the key is not among them. Throws TicketError. */
  verify(token: string, expected: ExpectedTicket): Promise<TicketClaims>;
}

/** The executor's side of the key ring: it only ever reads the public ConfigMap. */
export function createTicketVerifierKeys(options: TicketVerifierKeysOptions): TicketVerifierKeys {
  const { client, namespace, clock, logger } = options;
  let current: JSONWebKeySet = { keys: [] };
  let readAt = Number.NEGATIVE_INFINITY;

  async function refresh(): Promise<void> {
    readAt = clock();
    const configMap = await client.get<{ data?: Record<string, string> }>(CONFIG_MAPS, {
      name: TICKET_KEYS_NAME,
      namespace,
    });
    current = parseJwks(configMap.data?.[TICKET_JWKS_KEY] ?? "");
  }

  return {
    async start(signal) {
      const tick = () =>
        refresh().catch((error: unknown) => logger?.error({ err: error }, "ticket keys were not read"));
      await tick();
      const timer = setInterval(tick, options.refreshMs ?? 15_000);
      timer.unref();
      signal.addEventListener("abort", () => clearInterval(timer), { once: true });
    },
    refresh,
    ready: () => current.keys.length > 0,
    jwks: () => current,
    async verify(token, expected) {
      try {
        return await verifyTicket({ jwks: current, token, expected, now: clock() });
      } catch (error) {
        const unknown = error instanceof TicketError && error.code === "UNKNOWN_KEY";
        if (!unknown || Math.abs(clock() - readAt) < MIN_REREAD_MS) throw error;
      }
      await refresh();
      return verifyTicket({ jwks: current, token, expected, now: clock() });
    },
  };
}

function parseJwks(text: string): JSONWebKeySet {
  if (text === "") return { keys: [] };
  try {
    const value: unknown = JSON.parse(text);
    const keys = (value as { keys?: unknown } | null)?.keys;
    if (Array.isArray(keys) && keys.every((key) => typeof key === "object" && key !== null)) return { keys };
  } catch (cause) {
    throw new TicketError("KEYS_MALFORMED", "the published ticket keys are not JSON", { cause });
  }
  throw new TicketError("KEYS_MALFORMED", "the published ticket keys are not a JWKS");
}
