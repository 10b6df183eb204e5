import { createJudge, type Judgement } from "./judge.ts";
import type { Project } from "./load.ts";
import type { Expectation, TestCase, TestFile, TestStep } from "./test-file.ts";

/** What became of a test. */
export interface TestResult {
  file: string;
  /** Where the test stands, from 1. */
  line: number;
  name: string;
  passed: boolean;
  /** What was not as expected, for people. */
  failures: string[];
  durationMs: number;
}

export interface RunOptions {
  /** Epoch ms: when a test that names no time takes place. */
  now: number;
  /** Ms from any origin; measures how long a test takes. */
  clock: () => number;
}

/**
 * Runs tests against a project's rules, each beginning with budgets that nothing was charged to. Under `compat` a test of one
 * step knows no budgets, as in the Python project.
 */
export function runTests(project: Project, files: readonly TestFile[], { now, clock }: RunOptions): TestResult[] {
  const judge = createJudge(project);
  const unlimited = createJudge({ ...project, profiles: new Map() });
  return files.flatMap(({ file, cases }) =>
    cases.map((test): TestResult => {
      const from = clock();
      const plain = project.profile === "compat" && test.steps.length === 1;
      const failures = runCase(test, (plain ? unlimited : judge).sequence(), now);
      const { name, line } = test;
      return { file, line, name, passed: failures.length === 0, failures, durationMs: clock() - from };
    }),
  );
}

type Ask = ReturnType<ReturnType<typeof createJudge>["sequence"]>;

function runCase({ steps }: TestCase, ask: Ask, now: number): string[] {
  let time = now;
  return steps.flatMap((step, i) => {
    time = step.time ?? time + (step.afterMs ?? 0);
    const said = differences(step.expect, ask(questionOf(step, time)));
    return steps.length === 1 ? said : said.map((text) => `step ${i + 1} (line ${step.line}): ${text}`);
  });
}

/** A test that says who the caller is (roles, groups, who lent) means it; a bare id is looked up. */
function questionOf({ expect: _, line: __, afterMs: ___, ...step }: TestStep, time: number) {
  const { caller } = step;
  const assume = caller !== null && (caller.roles ?? caller.groups ?? caller.delegation) !== undefined;
  return { ...step, time, assume };
}

function differences(expected: Expectation, { decision }: Judgement): string[] {
  const { decision: result, reason, ...rest } = expected;
  const has = {
    policy: decision.policy ?? null,
    rule: decision.rule ?? null,
    cause: decision.cause,
    riskClass: decision.riskClass,
    effectiveRisk: decision.effectiveRisk,
    cumulativeRisk: decision.cumulativeRisk?.score,
    escalatedFrom: decision.escalatedFrom,
  };
  const by = decision.rule === undefined ? decision.cause : `${decision.policy}/${decision.rule}`;
  const failures: string[] = [];
  if (decision.result !== result)
    failures.push(`expected ${result}, got ${decision.result} (${by}: ${decision.reason})`);
  for (const [field, wanted] of Object.entries(rest)) {
    const found = has[field as keyof typeof has];
    if (found !== wanted)
      failures.push(`expected ${field} ${wanted ?? "none"}, got ${found ?? "none"} (${by}: ${decision.reason})`);
  }
  if (reason !== undefined && !decision.reason.includes(reason))
    failures.push(`expected a reason with ${JSON.stringify(reason)}, got ${JSON.stringify(decision.reason)}`);
  return failures;
}
