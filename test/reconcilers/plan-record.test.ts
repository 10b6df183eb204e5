import test from "ava";
import { prepareEvent } from "../../controller/audit/event.ts";
import type { Decision } from "../../controller/policy/types.ts";
import { planDecisionRecord } from "../../controller/reconcilers/plan-record.ts";
import { makePlan } from "./plan-make.ts";

const digest = `sha256:${"0".repeat(64)}`;

/** The record of a plan of 32 steps whose names have `name` characters and whose reasons are `reason`. */
function recordOf(name: number, reason: string) {
  const long = "n".repeat(name);
  const steps = Array.from({ length: 32 }, (_, i) => ({ name: `${i}-step`, action: "scale", target: long }));
  const plan = makePlan({ spec: { steps } });
  const judged = steps.map(({ name: step }) => ({
    step,
    decision: {
      ...{ result: "allow", cause: "Rule", reason, policy: long, policyDigest: digest, rule: "rule", trace: [] },
      ...{ riskClass: "low", effectiveRisk: "low", params: {}, action: { name: "scale", digest } },
      target: { id: long, name: long, digest },
      charge: { agent: long, key: `plan/${step}`, time: 1_767_225_600_000, score: 1 },
    } as Decision,
  }));
  const whole = { result: "allow", cause: "Rule", reason: "all", riskClass: "low", effectiveRisk: "low" } as const;
  return planDecisionRecord(plan, { whole, steps: judged }, digest);
}

const fits = (record: ReturnType<typeof recordOf>) =>
  prepareEvent(record, { time: 0, random: Buffer.alloc(16), blobs: [] }).bytes;

test("the decision about the greatest plan fits into the log, with every charge", (t) => {
  for (const [name, reason] of [
    [20, "r".repeat(1_024)],
    [20, "€".repeat(4_096)],
    [253, "€".repeat(1_024)],
  ] as const) {
    const record = recordOf(name, reason);
    t.notThrows(() => fits(record));
    t.is((record.data.charges as unknown[]).length, 32);
    t.is((record.data.steps as unknown[]).length, 32);
  }
});

test("where there is room, reasons and digests stand whole", (t) => {
  const [first] = recordOf(20, "because").data.steps as { reason: string; policyDigest: string }[];
  t.is(first?.reason, "because");
  t.is(first?.policyDigest, digest);
});
