import type { KubeClient } from "../runtime/client.ts";
import { type Logger, silentLogger } from "../runtime/types.ts";
import { type CanaryPlaces, canariesOf, type GuardRole } from "./canaries.ts";
import { type Canary, tryCanary } from "./canary.ts";
import { compareLive } from "./compare.ts";
import { type ExpectedObject, loadExpected } from "./expected.ts";
import type { Finding } from "./finding.ts";
import type { GuardMetrics } from "./metrics.ts";
import { watchGuarded } from "./triggers.ts";

/** How often the guard looks, in milliseconds. */
export interface GuardTimings {
  /** Between checks while all is well. Below `validMs`, with room for a slow check. */
  readonly intervalMs: number;
  /** Between checks while something is wrong. */
  readonly retryMs: number;
  /** How long a good check counts, from its beginning: a check that hangs is as bad as one that fails. */
  readonly validMs: number;
  /** For each call of a check. */
  readonly timeoutMs: number;
}

export interface GuardOptions {
  readonly client: KubeClient;
  readonly role: GuardRole;
  /** What was shipped; read from the package's own files when left out. */
  readonly expected?: readonly ExpectedObject[];
  /** In place of the role's own canaries. */
  readonly canaries?: readonly Canary[];
  readonly places?: CanaryPlaces;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  readonly logger?: Logger;
  readonly metrics?: GuardMetrics;
  readonly timings?: Partial<GuardTimings>;
}

export interface Guard {
  /** Whether what the system rests on was seen to hold within the last 30 s. Ask it right before deciding, claiming or minting. */
  ready(): boolean;
  /** Why not, for logs and probes; empty while ready. */
  reason(): string;
  /** Checks now and then until `signal` is aborted; resolves then. Never rejects: what fails is a reason not to be ready. */
  start(signal: AbortSignal): Promise<void>;
  /** Checks once; while a check runs, waits for one that began after the call. */
  check(signal?: AbortSignal): Promise<void>;
}

const defaultTimings: GuardTimings = { intervalMs: 15_000, retryMs: 2_000, validMs: 30_000, timeoutMs: 5_000 };
const defaultPlaces: CanaryPlaces = {
  systemNamespace: "agent-safe-system",
  credentialsNamespace: "agent-safe-credentials",
};
/** A reason is read by people; with more problems than this the rest is counted. */
const shownProblems = 5;

/**
 * Compares what admission rests on with what was shipped, and tries a forgery on each policy. Whoever could weaken a policy could
 * otherwise make this system do anything; so with anything missing, changed or merely unreadable, nothing goes on.
 */
export function createGuard(options: GuardOptions): Guard {
  const { client, role, metrics } = options;
  const expected = options.expected ?? loadExpected();
  const canaries = options.canaries ?? canariesOf(role, options.places ?? defaultPlaces);
  const clock = options.clock ?? Date.now;
  const logger = options.logger ?? silentLogger;
  const timings = { ...defaultTimings, ...options.timings };
  let heldAt: number | undefined;
  let problem = "not checked yet";
  let running: Promise<void> | undefined;
  let queued: Promise<void> | undefined;

  function fresh(): boolean {
    if (heldAt === undefined) return false;
    const age = clock() - heldAt;
    return age >= 0 && age <= timings.validMs;
  }

  async function run(signal: AbortSignal | undefined): Promise<void> {
    const startedAt = clock();
    const call = { timeoutMs: timings.timeoutMs, ...(signal === undefined ? {} : { signal }) };
    const [differences, refusals] = await Promise.all([
      compareLive(client, expected, call),
      Promise.all(canaries.map((canary) => tryCanary(client, canary, call))),
    ]);
    if (signal?.aborted) return;
    conclude([...differences, ...refusals.filter((refusal) => refusal !== undefined)], startedAt);
    metrics?.ready.set(fresh() ? 1 : 0);
  }

  function conclude(findings: readonly Finding[], startedAt: number): void {
    if (findings.length === 0) {
      if (problem !== "") logger.info({ role, after: problem }, "the guard holds");
      heldAt = startedAt;
      problem = "";
      return;
    }
    const text = textOf(findings);
    if (findings.some(({ seen }) => seen)) {
      if (text !== problem)
        logger.error({ role, findings }, "the guard does not hold: nothing is decided, claimed or minted");
      heldAt = undefined;
    } else if (text !== problem) {
      logger.warn({ role, findings }, "the guard could not look");
    }
    problem = text;
    metrics?.failures.inc();
  }

  function begin(signal: AbortSignal | undefined): Promise<void> {
    running = run(signal).finally(() => {
      running = undefined;
    });
    return running;
  }

  function check(signal?: AbortSignal): Promise<void> {
    if (running === undefined) return begin(signal);
    // What runs may have read before the change that this call is about.
    queued ??= running.then(() => {
      queued = undefined;
      return begin(signal);
    });
    return queued;
  }

  async function start(signal: AbortSignal): Promise<void> {
    let wake = Promise.withResolvers<void>();
    const stopped = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    const watching = watchGuarded(client, () => wake.resolve(), { signal, logger });
    while (!signal.aborted) {
      await check(signal);
      const timer = Promise.withResolvers<void>();
      const timeout = setTimeout(timer.resolve, problem === "" ? timings.intervalMs : timings.retryMs);
      await Promise.race([timer.promise, wake.promise, stopped]);
      clearTimeout(timeout);
      wake = Promise.withResolvers<void>();
    }
    await watching;
  }

  return {
    ready: fresh,
    reason() {
      if (fresh()) return "";
      return problem === "" ? "the last check is too old" : problem;
    },
    start,
    check,
  };
}

function textOf(findings: readonly Finding[]): string {
  const shown = findings.slice(0, shownProblems).map(({ text }) => text);
  const more = findings.length - shown.length;
  return shown.join("; ") + (more > 0 ? `; and ${more} more` : "");
}
