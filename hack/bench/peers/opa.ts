import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Workload, WorkloadSelectors } from "../workload-types.ts";
import { type Peer, questioner, ranked } from "./peer.ts";

const run = promisify(execFile);

interface OpaWasm {
  loadPolicy(
    wasm: Uint8Array,
    memory: { initial: number },
  ): Promise<{ evaluate(input: unknown): { result: unknown }[] }>;
}

/** 128 MB in pages of 64 KiB: the engine's own default holds only a few thousand rules. */
const memoryPages = 2048;

const set = (values: readonly (string | number)[]) => `{${values.map((v) => JSON.stringify(v)).join(", ")}}`;

/** Rules that several policies share, one helper each: the engine works a helper out once per question. */
class Helpers {
  readonly #names = new Map<string, string>();
  readonly rules: string[] = [];

  add(prefix: string, bodies: readonly string[]): string {
    const key = bodies.join("\n");
    let name = this.#names.get(key);
    if (name === undefined) {
      name = `${prefix}_${this.#names.size}`;
      this.#names.set(key, name);
      for (const body of bodies) this.rules.push(`${name} if { ${body} }`);
    }
    return name;
  }
}

function actionBodies(globs: readonly string[]): string[] {
  const exact = globs.filter((glob) => !glob.includes("*"));
  return [
    ...(exact.length > 0 ? [`input.action in ${set(exact)}`] : []),
    ...globs
      .filter((glob) => glob.includes("*"))
      .map((glob) =>
        glob.endsWith("*")
          ? `startswith(input.action, ${JSON.stringify(glob.slice(0, -1))})`
          : `endswith(input.action, ${JSON.stringify(glob.slice(1))})`,
      ),
  ];
}

function windowBodies({ days, start_hour: start, end_hour: end }: NonNullable<WorkloadSelectors["time_window"]>) {
  const day = days === null ? "" : `input.day in ${set(days)}; `;
  if (start <= end) return [`${day}input.hour >= ${start}; input.hour <= ${end}`];
  return [`${day}input.hour >= ${start}`, `${day}input.hour <= ${end}`];
}

function toRego(workload: Workload): string {
  const helpers = new Helpers();
  const member = (field: string, values: readonly string[]) => `input.${field} in ${set(values)}`;
  const rules = ranked(workload).map(({ selectors: s }, rank) => {
    const tests = [
      ...Object.entries(s.labels ?? {}).map(([key, value]) => `input.${key} == ${JSON.stringify(value)}`),
      ...(s.actions ? [helpers.add("action", actionBodies(s.actions))] : []),
      ...(s.environments ? [helpers.add("env", [member("env", s.environments)])] : []),
      ...(s.sensitivities ? [helpers.add("sen", [member("sen", s.sensitivities)])] : []),
      ...(s.target_types ? [helpers.add("type", [member("type", s.target_types)])] : []),
      ...(s.agent_ids ? [member("agent", s.agent_ids)] : []),
      ...(s.roles ? [helpers.add("role", [`some x in input.roles; x in ${set(s.roles)}`])] : []),
      ...(s.groups ? [helpers.add("group", [`some x in input.groups; x in ${set(s.groups)}`])] : []),
      ...(s.risk_classes ? [helpers.add("risk", [member("risk", s.risk_classes)])] : []),
      ...(s.time_window ? [helpers.add("window", windowBodies(s.time_window))] : []),
    ];
    return `hit contains ${rank}${tests.length > 0 ? ` if { ${tests.join("; ")} }` : ""}`;
  });
  return `package bench\n\n${helpers.rules.join("\n")}\n\n${rules.join("\n")}\n\nbest := min(hit)\n`;
}

/** Compiles Rego to wasm with the installed compiler. */
async function compile(rego: string, installed: string): Promise<Uint8Array> {
  const directory = await mkdtemp(join(tmpdir(), "bench-rego-"));
  try {
    await writeFile(join(directory, "bench.rego"), rego);
    const bundle = join(directory, "bundle.tar.gz");
    const args = ["build", "-t", "wasm", "-e", "bench/best", "-o", bundle, join(directory, "bench.rego")];
    await run(join(installed, "opa"), args, { maxBuffer: 1 << 24 });
    await run("tar", ["-xzf", bundle, "-C", directory, "/policy.wasm"]);
    return await readFile(join(directory, "policy.wasm"));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Open Policy Agent: one Rego rule per policy, compiled to wasm. */
export const opa: Peer = {
  name: "opa",
  about: "OPA 1.22, Rego compiled to wasm, one rule per policy",
  async load(workload, installed) {
    const { loadPolicy } = createRequire(join(installed, "package.json"))("@open-policy-agent/opa-wasm") as OpaWasm;
    const policy = await loadPolicy(await compile(toRego(workload), installed), { initial: memoryPages });
    const names = ranked(workload).map((p) => p.name);
    const ask = questioner(workload);
    return (request) => {
      const question = ask(request);
      if (question === undefined) return null;
      const best = policy.evaluate(question)[0]?.result;
      return typeof best === "number" ? (names[best] ?? null) : null;
    };
  },
};
