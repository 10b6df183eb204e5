/** Our decision beside those of other engines, on the same questions, in one run: `npm run bench -- peers`. */
import { createRequire } from "node:module";
import { decide, verdict } from "../../controller/policy/decide.ts";
import { PolicyEngine } from "../../controller/policy/engine.ts";
import type { DecideInput } from "../../controller/policy/types.ts";
import { type Logger, stderrLogger } from "../lib/logger.ts";
import { importWorkload, measure } from "./decision.ts";
import { casbin } from "./peers/casbin.ts";
import { cedar } from "./peers/cedar.ts";
import { type InstalledPeers, installPeers } from "./peers/install.ts";
import { opa } from "./peers/opa.ts";
import type { ClockedRequest, Peer } from "./peers/peer.ts";
import type { Workload, WorkloadModule } from "./workload-types.ts";

const { generate } = createRequire(import.meta.url)("./workload.mjs") as WorkloadModule;

const peers: readonly Peer[] = [cedar, opa, casbin];

/** One size: p50 in microseconds per decision; a text says why there is none. */
export interface PeerRow {
  policies: number;
  targets: number;
  requests: number;
  decide: number;
  verdict: number;
  peers: Record<string, number | string>;
}

function clocked(workload: Workload): ClockedRequest[] {
  return workload.requests.map((request) => {
    const at = new Date(request.timestamp);
    return { ...request, day: (at.getUTCDay() + 6) % 7, hour: at.getUTCHours() };
  });
}

/** How slow engines are asked: fewer questions, fewer rounds, so that a row ends within a minute. */
const effort = (policies: number) => (policies > 1000 ? { requests: 100, rounds: 3 } : { requests: 1000, rounds: 3 });

function missing(peer: Peer, installed: InstalledPeers): string | undefined {
  return installed.packages ?? (peer.name === "opa" ? installed.compiler : undefined);
}

/** Loads a peer, checks every answer, then measures. A wrong answer is an error: a figure for it would mean nothing. */
async function benchPeer(peer: Peer, workload: Workload, directory: string, rounds: number): Promise<number> {
  const ask = await peer.load(workload, directory);
  const requests = clocked(workload);
  for (const [index, request] of requests.entries()) {
    const policy = ask(request);
    if (policy !== request.expect.policy)
      throw new Error(`${peer.name}, request ${index}: expected ${request.expect.policy}, got ${policy}`);
  }
  const answer = (index: number) => {
    const request = requests[index];
    return request === undefined || ask(request) !== undefined;
  };
  return measure(requests.length, rounds, answer).p50;
}

async function benchRow(policies: number, targets: number, installed: InstalledPeers): Promise<PeerRow> {
  const { requests, rounds } = effort(policies);
  const workload = generate({ policies, targets, requests });
  const imported = importWorkload(workload);
  const engine = new PolicyEngine({ profile: "compat" });
  engine.replaceAll(imported);
  const inputs = imported.inputs;
  for (const [index, input] of inputs.entries()) {
    const expected = workload.requests[index]?.expect.policy ?? null;
    if (verdict(engine, input).rule !== expected || (decide(engine, input).rule ?? null) !== expected)
      throw new Error(`our own answer to request ${index} is not ${expected}`);
  }
  const ours = (call: (input: DecideInput) => unknown) =>
    measure(inputs.length, 20, (index) => call(inputs[index] as DecideInput)).p50;
  const row: PeerRow = {
    policies,
    targets,
    requests,
    decide: ours((input) => decide(engine, input)),
    verdict: ours((input) => verdict(engine, input)),
    peers: {},
  };
  for (const peer of peers)
    row.peers[peer.name] = missing(peer, installed) ?? (await benchPeer(peer, workload, installed.directory, rounds));
  return row;
}

const us = (value: number) => value.toFixed(value < 10 ? 2 : value < 1000 ? 1 : 0);

function column(value: number | string | undefined, row: PeerRow): string {
  if (typeof value !== "number") return `(${value})`;
  return `${us(value)} (${us(value / row.decide)}x, ${us(value / row.verdict)}x)`;
}

/** Runs every size and prints a table as it goes. Rejects when an answer is wrong, ours or a peer's. */
export async function runPeerBench(
  print: (line: string) => void = console.log,
  logger: Logger = stderrLogger,
): Promise<PeerRow[]> {
  const installed = await installPeers(logger);
  print("decision beside other engines: p50 in microseconds, every answer checked");
  print(`  ${peers.map((peer) => `${peer.name}: ${peer.about}`).join("; ")}`);
  print(
    "  in brackets how many times ours: of decide (with its trace), of verdict (rule alone, which is all that the others give)",
  );
  print(
    `${"policies".padStart(9)}${"targets".padStart(8)}${"decide".padStart(9)}${"verdict".padStart(9)}${peers.map((p) => p.name.padStart(28)).join("")}`,
  );
  const rows: PeerRow[] = [];
  for (const policies of [10, 100, 1000, 10_000]) {
    const row = await benchRow(policies, 1000, installed);
    rows.push(row);
    const cells = peers.map((peer) => column(row.peers[peer.name], row).padStart(28));
    print(
      `${String(policies).padStart(9)}${"1000".padStart(8)}${us(row.decide).padStart(9)}${us(row.verdict).padStart(9)}${cells.join("")}`,
    );
  }
  return rows;
}

if (process.argv[1] === import.meta.filename) await runPeerBench();
