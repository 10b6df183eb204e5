import { randomBytes } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { EventInput } from "../../controller/audit/event.ts";
import { type AuditLog, openAuditLog } from "../../controller/audit/log.ts";
import { createLogKeys, type LogSigner, type SecretData } from "../../controller/audit/signer.ts";
import { verifyAuditLog } from "../../controller/audit/verify.ts";

/** Durable appends with so many in flight. */
export interface AppendBench {
  inFlight: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Events per second of bare write + fdatasync of the same bytes in the same groups, same run, same disk. */
  rawPerSecond: number;
  ratio: number;
}

/** What one run measured. */
export interface AuditBench {
  eventBytes: number;
  append: AppendBench[];
  verify: { events: number; perSecond: number; perCpuSecond: number; rssGrowthMb: number };
  restartMs: number;
  /** Load of the machine, for figures taken beside other work. */
  load: number;
  cores: number;
}

const ORIGIN = "agent-safe/00000000-0000-4000-8000-000000000000/bench";
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function newSigner(): Promise<LogSigner> {
  let stored: SecretData | undefined;
  const read = async () => stored;
  const write = async (data: SecretData) => {
    stored = data;
  };
  return (await createLogKeys({ origin: ORIGIN, read, write })).signer;
}

/** Mostly decisions; each eighth pair is an execution. */
function event(i: number): EventInput {
  const type = i % 8 === 0 ? "execution.intent" : i % 8 === 1 ? "execution.outcome" : "decision.made";
  return {
    type,
    action: {
      uid: `5d5f8c1e-0000-4000-8000-${String(i >> 1).padStart(12, "0")}`,
      ns: "agents",
      name: `restart-web-${i >> 1}`,
      ref: "restart-deployment",
      attempt: 1,
    },
    actor: { kind: "agent", username: "system:serviceaccount:agents:deploy-bot" },
    target: { id: "dev/web" },
    data: {
      result: "allow",
      policy: "default",
      rule: "allow-dev-all",
      riskClass: "medium",
      params: { namespace: "dev", deployment: "web" },
    },
  };
}

function at(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

async function inFlight(
  count: number,
  workers: number,
  work: (i: number) => Promise<unknown>,
): Promise<{ seconds: number; times: number[] }> {
  const times: number[] = [];
  let next = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: workers }, async () => {
      while (next < count) {
        const began = performance.now();
        await work(next++);
        times.push(performance.now() - began);
      }
    }),
  );
  return { seconds: (performance.now() - start) / 1_000, times: times.sort((a, b) => a - b) };
}

/** Events per second when the same bytes are only written and synced, a group at a time. */
async function raw(dir: string, bytes: number, group: number, groups: number): Promise<number> {
  const file = await open(join(dir, `raw-${group}`), "a");
  const data = Buffer.alloc(bytes * group, 120);
  const start = performance.now();
  for (let i = 0; i < groups; i++) {
    await file.write(data);
    await file.datasync();
  }
  const seconds = (performance.now() - start) / 1_000;
  await file.close();
  return (groups * group) / seconds;
}

async function verifySpeed(dir: string, signer: LogSigner): Promise<AuditBench["verify"]> {
  const before = process.memoryUsage.rss();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const result = await verifyAuditLog({ dir, keys: [signer.verifier] });
  const seconds = (performance.now() - start) / 1_000;
  const used = process.cpuUsage(cpu);
  if (result.exit !== 0) throw new Error(`the benchmark's own log does not verify: ${result.problem?.message}`);
  return {
    events: result.checked,
    perSecond: result.checked / seconds,
    perCpuSecond: result.checked / ((used.user + used.system) / 1e6),
    rssGrowthMb: (process.memoryUsage.rss() - before) / 1e6,
  };
}

/** Measures durable append, verification and restart on the disk of `parent` (default: the temporary folder). */
export async function benchAudit({
  parent = tmpdir(),
  scale = 1,
}: {
  parent?: string;
  scale?: number;
} = {}): Promise<AuditBench> {
  const dir = await mkdtemp(join(parent, "agent-safe-bench-"));
  try {
    const signer = await newSigner();
    const openOne = (): Promise<AuditLog> =>
      openAuditLog({ dir: join(dir, "log"), origin: ORIGIN, signer, clock: Date.now, randomBytes, logger: silent });
    let log = await openOne();
    const eventBytes = 640;
    const append: AppendBench[] = [];
    let used = 0;
    for (const [workers, count] of [
      [1, 1_000],
      [8, 6_000],
      [64, 60_000],
      [512, 100_000],
    ] as const) {
      const total = Math.round(count * scale);
      const first = used;
      used += total;
      const { seconds, times } = await inFlight(total, workers, (i) => log.append(event(first + i)));
      const rawPerSecond = await raw(dir, eventBytes, workers, Math.max(20, Math.round(total / workers / 4)));
      const perSecond = total / seconds;
      append.push({
        inFlight: workers,
        perSecond,
        p50Ms: at(times, 0.5),
        p99Ms: at(times, 0.99),
        rawPerSecond,
        ratio: perSecond / rawPerSecond,
      });
    }
    await log.close();
    const start = performance.now();
    log = await openOne();
    const restartMs = performance.now() - start;
    await log.close();
    await verifySpeed(join(dir, "log"), signer);
    const verify = await verifySpeed(join(dir, "log"), signer);
    return { eventBytes, append, verify, restartMs, load: loadavg()[0] ?? 0, cores: cpus().length };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
