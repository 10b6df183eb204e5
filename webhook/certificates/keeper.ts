import { SECRETS } from "../../controller/api/resources.ts";
import type { KubeClient } from "../../controller/runtime/client.ts";
import { KubeError } from "../../controller/runtime/errors.ts";
import { CertificateError, issueServing, type KeyPair } from "../../controller/runtime/https/certificates.ts";
import type { Logger, Ref } from "../../controller/runtime/types.ts";
import { sleep } from "../../controller/runtime/wait.ts";
import {
  type Authority,
  authorityIsDue,
  decodeAuthority,
  encodeAuthority,
  renewAuthority,
  SERVING_LIFETIME_MS,
  trustBundle,
} from "./authority.ts";
import { CONFIGURATIONS, ensureBundle } from "./bundles.ts";

/** How often everything is looked at again. */
export const CHECK_INTERVAL_MS = 10_000;
/**
 * How long both configurations must have carried an authority before certificates signed by it are served:
 * the API server learns of a changed bundle by its own watch.
 */
export const SETTLE_MS = 60_000;

/** So close to its end a certificate is replaced even by one that the API server may not trust yet. */
const LAST_MOMENT_MS = 60 * 60 * 1000;

interface Secret {
  metadata: { resourceVersion: string };
  data?: Record<string, string>;
}

export interface CertificateKeeperOptions {
  readonly client: KubeClient;
  readonly clock: () => number;
  readonly logger: Logger;
  /** The shipped Secret that holds the authority. */
  readonly secret: Ref;
  /** Names and addresses the API server calls the webhook by. */
  readonly names: readonly string[];
  readonly addresses?: readonly string[];
  /** Called with each new serving certificate; must take it into use at once. */
  readonly onServing: (pair: KeyPair) => void;
}

export interface CertificateKeeper {
  /** One look: authority, bundles, serving certificate. Throws KubeError; what was served stays in use. */
  check(): Promise<void>;
  /** Checks every 10 s until the signal; failures are logged and tried again. Resolves when stopped. */
  run(signal: AbortSignal): Promise<void>;
  /** Whether there is a certificate to serve and both configurations trust its authority. */
  ready(): boolean;
}

/**
 * Keeps the webhook's certificates: an authority shared by all replicas in a Secret, its certificate in the
 * `caBundle` of both configurations, and a serving certificate of this process, renewed well before it ends.
 */
export function createCertificateKeeper(options: CertificateKeeperOptions): CertificateKeeper {
  const { client, clock, logger } = options;
  let authority: Authority | undefined;
  let serving: { pair: KeyPair; authority: string } | undefined;
  let carriedSince: number | undefined;
  let carried = "";

  async function loadAuthority(): Promise<Authority> {
    // Two replicas may both find the Secret empty: resourceVersion lets one write, the other reads what it wrote.
    for (let attempt = 0; ; attempt++) {
      const secret = await client.get<Secret>(SECRETS, options.secret);
      const stored = await readAuthority(secret);
      if (stored && !authorityIsDue(stored, clock())) return stored;
      const next = await renewAuthority(stored, clock());
      try {
        const body = { metadata: { resourceVersion: secret.metadata.resourceVersion }, data: encodeAuthority(next) };
        await client.patch(SECRETS, options.secret, body, { type: "merge", fieldManager: "agent-safe-webhook" });
        logger.info({ notAfter: new Date(next.current.notAfter).toISOString() }, "new webhook authority");
        return next;
      } catch (error) {
        if (!(error instanceof KubeError) || error.status !== 409 || attempt >= 4) throw error;
      }
    }
  }

  async function readAuthority(secret: Secret): Promise<Authority | undefined> {
    try {
      return await decodeAuthority(secret.data);
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      logger.error({ err: error, secret: options.secret.name }, "the stored authority is unusable and is replaced");
      return undefined;
    }
  }

  async function publish(current: Authority): Promise<void> {
    const bundle = trustBundle(current, clock());
    const had = await Promise.all(CONFIGURATIONS.map((resource) => ensureBundle(client, resource, bundle)));
    const whole = had.every(Boolean);
    if (carried !== bundle || !whole || carriedSince === undefined) carriedSince = clock();
    carried = bundle;
  }

  async function serve(current: Authority): Promise<void> {
    const now = clock();
    if (serving) {
      const sameSigner = serving.authority === current.current.certificate;
      if (sameSigner && !servingIsDue(serving.pair, now)) return;
      const settled = carriedSince !== undefined && now >= carriedSince + SETTLE_MS;
      if (!sameSigner && !settled && now < serving.pair.notAfter - LAST_MOMENT_MS) return;
    }
    const pair = await issueServing({
      authority: current.current,
      names: options.names,
      addresses: options.addresses,
      now,
      lifetimeMs: SERVING_LIFETIME_MS,
    });
    options.onServing(pair);
    serving = { pair, authority: current.current.certificate };
    logger.info({ notAfter: new Date(pair.notAfter).toISOString() }, "new serving certificate");
  }

  async function check(): Promise<void> {
    try {
      authority = await loadAuthority();
      await publish(authority);
    } finally {
      // Without the API server the authority in memory still renews what is served.
      if (authority) await serve(authority);
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await check();
      } catch (error) {
        logger.warn({ err: error }, "webhook certificates could not be checked; trying again");
      }
      await sleep(CHECK_INTERVAL_MS, signal);
    }
  }

  const ready = () => serving !== undefined && carried.includes(serving.authority) && serving.pair.notAfter > clock();
  return { check, run, ready };
}

/** After two thirds of its life, or when the clock turned out to have been ahead. */
function servingIsDue(pair: KeyPair, now: number): boolean {
  return now >= pair.notAfter - (pair.notAfter - pair.notBefore) / 3 || now < pair.notBefore;
}
