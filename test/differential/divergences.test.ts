import test, { type ExecutionContext } from "ava";
import { importProject } from "../../sdk/import/import-project.ts";
import { writeFiles } from "../import/reference-project.ts";
import { DIVERGENCES, type Disagreement, explain, explainRefusal } from "./divergences.ts";
import type { Asked } from "./generate-request.ts";
import type { Answer } from "./oracle.ts";
import { answerOf, askOurs, makeOurs } from "./ours.ts";

interface Case {
  /** Parameters of the only action, and the match of the only rule, which allows. */
  parameters?: object[];
  match?: object;
  /** Changes of the request; `json` where it must be written so. */
  asked?: Partial<Asked>;
  json?: string;
  /** Results there, as the Python project gave them, and here. */
  there: string;
  here: string;
  /** A request that differs only where it matters, on which both agree. */
  agrees: Partial<Asked>;
}

const n = (constraints?: object): object => ({ name: "n", type: "integer", ...(constraints && { constraints }) });
const s = (pattern: string): object => ({ name: "s", type: "string", constraints: { pattern } });
const caller = { id: "bot", roles: [], groups: [] };

const CASES: Readonly<Record<string, Case>> = {
  "empty-parameters": {
    parameters: [n()],
    asked: { params: {} },
    there: "allow",
    here: "deny",
    agrees: { params: { n: 1 } },
  },
  "own-offset": {
    match: { time_windows: [{ start_hour: 9, end_hour: 17 }] },
    asked: { time: "2026-01-05T08:30:00-02:00" },
    there: "deny",
    here: "allow",
    agrees: { time: "2026-01-05T10:30:00+00:00" },
  },
  "whole-floats": {
    parameters: [n()],
    json: '{"action":"act","target":"dev/a","caller":null,"params":{"n":3.0},"time":"2026-01-05T10:00:00+00:00"}',
    there: "deny",
    here: "allow",
    agrees: { params: { n: 3 } },
  },
  patterns: {
    parameters: [s("(?!bad).*")],
    asked: { params: { s: "good" } },
    there: "allow",
    here: "deny",
    agrees: { params: { s: 1 } },
  },
  "large-numbers": {
    parameters: [n()],
    asked: { params: { n: 2 ** 60 } },
    there: "allow",
    here: "deny",
    agrees: { params: { n: 2 ** 50 } },
  },
  "claimed-depth": {
    match: { callers: { require_delegation: true } },
    asked: { caller: { ...caller, chain: [], depth: 1 } },
    there: "allow",
    here: "deny",
    agrees: { caller: { ...caller, chain: ["root"] } },
  },
};

function ask(
  t: ExecutionContext,
  { parameters = [], match = {} }: Case,
  asked: Partial<Asked>,
  json?: string,
): Disagreement {
  const dir = writeFiles(t, {
    "actions/act.yaml": {
      name: "act",
      version: "1.0.0",
      description: "",
      risk_class: "low",
      target_types: ["vm"],
      parameters,
    },
    "policies/p.yaml": { rules: [{ name: "r", match, decision: "allow", reason: "" }] },
    "inventory.yaml": { targets: [{ id: "dev/a", type: "vm", environment: "dev", sensitivity: "public" }] },
  });
  const ours = makeOurs(importProject({ dir, profile: "compat" }).objects);
  const base = { action: "act", target: "dev/a", caller: null, time: "2026-01-05T10:00:00+00:00" };
  const request = json === undefined ? { ...base, ...asked } : (JSON.parse(json) as Asked);
  const made = askOurs(ours, request, "r");
  return { ours, asked: request, json: json ?? JSON.stringify(request), theirs: answerOf(ours, made), made };
}

for (const { id } of DIVERGENCES) {
  test(`meant: ${id}`, (t) => {
    const meant = CASES[id];
    if (!meant) return t.fail("every difference has a case of its own");
    const found = ask(t, meant, meant.asked ?? {}, meant.json);
    t.is(found.made.result, meant.here as typeof found.made.result);
    const theirs: Answer = [meant.there, meant.there === "allow" ? "r" : null, "low", "low"];
    t.is(explain({ ...found, theirs })?.id, id);
    const other = ask(t, meant, meant.agrees);
    t.is(explain({ ...other, theirs: ["require_approval", "another", "low", "low"] }), undefined, "excuses too much");
  });
}

for (const [id, files] of [
  ["duplicate-parameters", { "actions/act.yaml": { parameters: [n(), n()] } }],
  ["names", { "actions/act.yaml": { parameters: [{ name: "a b", type: "string" }] } }],
  ["unlimited-limits", { "agent-safe.yaml": "rate_limit: 10\n" }],
] as [string, Record<string, string | object>][]) {
  test(`refused at import: ${id}`, (t) => {
    const action = { name: "act", version: "1.0.0", description: "", risk_class: "low", target_types: ["vm"] };
    const made = Object.entries(files).map(([name, content]) => [
      name,
      typeof content === "string" ? content : { ...action, ...content },
    ]);
    const dir = writeFiles(t, {
      "actions/act.yaml": action,
      "policies/p.yaml": { rules: [] },
      ...Object.fromEntries(made),
    });
    const { files: written, warnings } = importProject({ dir, profile: "compat" });
    const errors = warnings.filter(({ severity }) => severity === "error");
    t.deepEqual(written, []);
    t.is(explainRefusal(errors), id);
    const [first] = errors;
    t.is(first && explainRefusal([...errors, { ...first, path: "x", message: "something else" }]), undefined);
  });
}
