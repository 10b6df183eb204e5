/**
 * Speeds, as ratios measured in one run: `npm run bench`, `npm run bench -- --json FILE`, `npm run bench -- decision peers audit requests scale`.
 * A figure without its machine says little: cores, load and what it is compared with stand beside it.
 */
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { type AuditBench, benchAudit } from "./bench/audit.ts";
import { runDecisionBench } from "./bench/decision.ts";
import { quantile } from "./bench/inflight.ts";
import { runPeerBench } from "./bench/peers.ts";
import { benchRequests } from "./bench/requests.ts";
import { benchScale } from "./bench/scale.ts";
import { startBenchWorld } from "./bench/world.ts";
import { stderrLogger } from "./lib/logger.ts";

const say = (line: string) => process.stdout.write(`${line}\n`);
const args = process.argv.slice(2);
const jsonFile = args.includes("--json") ? args[args.indexOf("--json") + 1] : undefined;
const chosen = args.filter((arg, index) => !arg.startsWith("--") && args[index - 1] !== "--json");
const wanted = (name: string) => chosen.length === 0 || chosen.includes(name);

function sayAudit({ append, verify, restartMs, eventBytes }: AuditBench): void {
  say(`audit log, events of ${eventBytes} bytes, each durable (fdatasync) before it is acknowledged`);
  for (const row of append) {
    say(
      `  ${String(row.inFlight).padStart(3)} in flight: ${Math.round(row.perSecond)}/s, p50 ${row.p50Ms.toFixed(2)} ms, p99 ${row.p99Ms.toFixed(2)} ms; ` +
        `${row.ratio.toFixed(2)} of ${Math.round(row.rawPerSecond)}/s for the bare write and sync of the same bytes`,
    );
  }
  say(
    `  verify ${Math.round(verify.perSecond)} events/s (${verify.events} events), memory grew by ${verify.rssGrowthMb.toFixed(0)} MB; reopening took ${restartMs.toFixed(0)} ms`,
  );
}

say(`${cpus().length} cores, load ${loadavg()[0]?.toFixed(2)}, node ${process.version}`);
const results: Record<string, unknown> = { cores: cpus().length, load: loadavg()[0], node: process.version };
if (wanted("decision")) results.decision = runDecisionBench(say);
if (wanted("peers")) results.peers = await runPeerBench(say);
if (wanted("audit")) {
  const audit = await benchAudit();
  sayAudit(audit);
  results.audit = audit;
}
if (wanted("requests")) {
  const world = await startBenchWorld(stderrLogger);
  try {
    const { product, raw, ratio, idleP50, rawIdleP50 } = await benchRequests(world);
    say("allowed requests, creation to Ready, an action that touches nothing, real API server");
    say(
      `  32 at once: ${product.perSecond.toFixed(1)}/s, p50 ${quantile(product.times, 0.5).toFixed(0)} ms; ${ratio.toFixed(2)} of ${raw.perSecond.toFixed(1)}/s for the same writes by hand`,
    );
    say(
      `  one at a time: p50 ${idleP50.toFixed(1)} ms, ${rawIdleP50.toFixed(1)} ms for the same writes by hand: overhead ${(idleP50 - rawIdleP50).toFixed(1)} ms`,
    );
    results.requests = { perSecond: product.perSecond, rawPerSecond: raw.perSecond, ratio, idleP50, rawIdleP50 };
  } finally {
    await world.stop();
  }
}
if (wanted("scale")) {
  const full = args.includes("--full");
  const world = await startBenchWorld(stderrLogger);
  try {
    say("filling a cluster");
    const scale = await benchScale(
      world,
      { targets: 10_000, rules: 1_000, open: 1_000, finished: full ? 50_000 : 2_000 },
      say,
    );
    const rss = Object.entries(scale.rssMb).map(([role, mb]) => `${role} ${mb.toFixed(0)} MB`);
    say(
      `with ${scale.targets} targets, ${scale.rules} rules, ${scale.open} open and ${scale.finished} finished requests (--full: 50000)`,
    );
    say(
      `  memory after handling all that: ${rss.join(", ")}; the controller is ready ${(scale.restartMs / 1000).toFixed(1)} s after a new start, and then takes ${scale.restartedRssMb.toFixed(0)} MB`,
    );
    results.scale = scale;
  } finally {
    await world.stop();
  }
}
if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify(results, null, 2)}\n`);
