import type { KubeClient } from "./client.ts";
import { isKubeError, KubeError, messageOf } from "./errors.ts";
import type { Metrics } from "./metrics.ts";
import { microTime } from "./time.ts";
import { type KubeObject, type Logger, type Resource, silentLogger } from "./types.ts";
import { sleep } from "./wait.ts";

/** The resource that leader election writes; its writer needs get, create and update on it. */
export const leases: Resource = { group: "coordination.k8s.io", version: "v1", plural: "leases", namespaced: true };

interface LeaseObject extends KubeObject {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

export interface LeaseOptions {
  client: KubeClient;
  namespace: string;
  name: string;
  /** Unique per process, such as the host's name and a random part. */
  identity: string;
  /** Milliseconds since the epoch: only for the times that others read. */
  clock: () => number;
  /** Milliseconds that never jump: what expiry is measured with. */
  monotonic: () => number;
  /** The lease was lost while work may be in progress: the process must exit at once. Called at most once. */
  onLost: (reason: string) => void;
  durationMs?: number;
  renewDeadlineMs?: number;
  retryMs?: number;
  random?: () => number;
  logger?: Logger;
  metrics?: Pick<Metrics, "leader">;
}

export interface Lease {
  /** Resolves when this process leads; rejects with ABORTED when stopped before. */
  start(): Promise<void>;
  /** Whether this process leads right now. Ask right before each effect: a stalled process finds out too late otherwise. */
  isLeader(): boolean;
  /** Who was last seen to hold it; "" for nobody. */
  readonly holder: string;
  /** Ends the renewals and gives the lease up, so that the next holder need not wait. Call it after the work has ended. */
  stop(): Promise<void>;
}

/**
 * Leader election on a Lease, with the timing of client-go (15 s, 10 s, 2 s). It makes two holders unlikely, not
 * impossible: what must not happen twice needs a claim of its own.
 */
export function createLease(options: LeaseOptions): Lease {
  const { client, namespace, name, identity, clock, monotonic } = options;
  const durationMs = options.durationMs ?? 15_000;
  const renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
  const retryMs = options.retryMs ?? 2_000;
  const random = options.random ?? Math.random;
  const logger = options.logger ?? silentLogger;
  const stopping = new AbortController();
  const ref = { namespace, name };
  let observed: LeaseObject | undefined;
  let observedAt = 0;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let leading = false;
  let lost = false;
  let loop: Promise<void> | undefined;

  options.metrics?.leader.set({ name }, 0);

  function observe(lease: LeaseObject): void {
    // Only a change restarts the other holder's time: remote clocks are not to be trusted.
    if (lease.metadata.resourceVersion !== observed?.metadata.resourceVersion) observedAt = monotonic();
    observed = lease;
  }

  function next(current: LeaseObject | undefined): LeaseObject {
    const now = microTime(clock());
    const ours = current?.spec?.holderIdentity === identity;
    return {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: current?.metadata ?? { ...ref },
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: Math.ceil(durationMs / 1000),
        acquireTime: (ours && current?.spec?.acquireTime) || now,
        renewTime: now,
        leaseTransitions: (current?.spec?.leaseTransitions ?? 0) + (current && !ours ? 1 : 0),
      },
    };
  }

  function heldByOther(lease: LeaseObject): boolean {
    const holder = lease.spec?.holderIdentity ?? "";
    return holder !== "" && holder !== identity;
  }

  async function write(current: LeaseObject | undefined): Promise<void> {
    // Counted from before the request: the answer may take its time.
    const at = monotonic();
    const call = { timeoutMs: Math.max(1, Math.min(renewDeadlineMs, 5_000)), signal: stopping.signal };
    const lease = next(current);
    const stored = current ? await client.replace(leases, lease, call) : await client.create(leases, lease, call);
    observe(stored);
    renewedAt = at;
  }

  /** One try to get or keep the lease. False when somebody else has it; failures are thrown. */
  async function tryOnce(): Promise<boolean> {
    if (leading && observed) {
      try {
        await write(observed);
        return true;
      } catch (error) {
        if (!isKubeError(error, "CONFLICT", "NOT_FOUND")) throw error;
      }
    }
    let current: LeaseObject | undefined;
    try {
      current = await client.get<LeaseObject>(leases, ref, { timeoutMs: 5_000, signal: stopping.signal });
    } catch (error) {
      if (!isKubeError(error, "NOT_FOUND")) throw error;
    }
    if (current) {
      observe(current);
      if (heldByOther(current) && (leading || monotonic() - observedAt < durationMs)) return false;
    }
    await write(current);
    return true;
  }

  function lose(reason: string): void {
    if (lost) return;
    lost = true;
    leading = false;
    options.metrics?.leader.set({ name }, 0);
    logger.error({ lease: name, identity, holder: observed?.spec?.holderIdentity }, `lease lost: ${reason}`);
    options.onLost(reason);
  }

  async function acquire(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        if (await tryOnce()) return;
      } catch (error) {
        logger.debug({ lease: name, err: messageOf(error) }, "the lease could not be acquired");
      }
      // client-go's jitter, so that standbys do not all try in the same moment.
      await sleep(retryMs * (1 + 0.2 * random()), stopping.signal);
    }
    throw new KubeError({ code: "ABORTED", message: `stopped before the lease ${name} was acquired` });
  }

  async function keep(): Promise<void> {
    while (!stopping.signal.aborted) {
      await sleep(Math.min(retryMs, Math.max(0, renewedAt + renewDeadlineMs - monotonic())), stopping.signal);
      if (stopping.signal.aborted) return;
      // A stall of this process counts: by now another may have taken over.
      if (monotonic() - renewedAt >= renewDeadlineMs) return lose(`not renewed in ${renewDeadlineMs} ms`);
      try {
        if (!(await tryOnce())) return lose(`held by ${observed?.spec?.holderIdentity}`);
      } catch (error) {
        if (stopping.signal.aborted) return;
        logger.warn({ lease: name, err: messageOf(error) }, "the lease could not be renewed");
        await sleep(Math.min(retryMs, renewDeadlineMs / 10), stopping.signal);
      }
    }
  }

  async function release(): Promise<void> {
    if (!observed || lost || observed.spec?.holderIdentity !== identity) return;
    const spec = { ...observed.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: microTime(clock()) };
    try {
      await client.replace(leases, { ...observed, spec }, { timeoutMs: 2_000 });
    } catch (error) {
      // It will expire by itself.
      logger.warn({ lease: name, err: messageOf(error) }, "the lease could not be given up");
    }
  }

  return {
    async start() {
      if (loop) throw new Error(`the lease ${name} was started twice`);
      const acquired = acquire();
      loop = acquired.then(
        () => {
          leading = true;
          options.metrics?.leader.set({ name }, 1);
          logger.info({ lease: name, identity }, "leading");
          return keep();
        },
        () => undefined,
      );
      await acquired;
    },
    isLeader: () => leading && !stopping.signal.aborted && monotonic() - renewedAt < renewDeadlineMs,
    get holder() {
      return observed?.spec?.holderIdentity ?? "";
    },
    async stop() {
      const led = leading;
      stopping.abort();
      await loop;
      if (led) await release();
      leading = false;
      options.metrics?.leader.set({ name }, 0);
    },
  };
}
