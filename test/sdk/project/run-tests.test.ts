import test from "ava";
import { createJudge, type Question } from "../../../sdk/project/judge.ts";
import { judgePlan } from "../../../sdk/project/judge-plan.ts";
import { loadProject } from "../../../sdk/project/load.ts";
import { formatProblem } from "../../../sdk/project/problem.ts";
import { runTests } from "../../../sdk/project/run-tests.ts";
import { parseTime } from "../../../sdk/project/time.ts";
import { folder, SCAFFOLD } from "./support.ts";

const now = Date.UTC(2026, 0, 5, 9);
const options = { now, clock: () => 0 };
const project = loadProject({ dir: SCAFFOLD });

test("the tests of the scaffold pass, and fail when its rules are other ones", async (t) => {
  const whole = await project;
  const results = runTests(whole, whole.tests, options);
  t.deepEqual(
    results.filter(({ passed }) => !passed),
    [],
  );
  t.true(results.length >= 12);
  const without = await loadProject({ dir: SCAFFOLD.filter((path) => !path.endsWith("policies")) });
  const failed = runTests(without, whole.tests, options).filter(({ passed }) => !passed);
  t.regex(failed[0]?.failures[0] ?? "", /expected allow, got deny \(NoMatchingRule: /);
});

test("a test says each expectation that does not hold, and at which step", async (t) => {
  const dir = folder(t, {
    "t.yaml": `tests:
- name: one
  action: restart-deployment
  target: dev/web
  caller: deploy-bot
  expect: {decision: allow, rule: other, effectiveRisk: high, reason: nothing}
- name: two
  action: restart-deployment
  target: staging/web
  caller: deploy-bot
  time: 2026-01-05T09:00:00Z
  expect: allow
  steps:
  - {repeat: 6}
`,
  });
  const { tests, problems } = await loadProject({ dir, partial: true });
  t.deepEqual(problems, []);
  const [one, two] = runTests(await project, tests, options);
  t.deepEqual(
    one?.failures.map((text) => text.split(" (")[0]),
    [
      "expected rule other, got allow-dev",
      "expected effectiveRisk high, got low",
      'expected a reason with "nothing", got "Everything is allowed in dev"',
    ],
  );
  t.is(two?.failures.length, 1);
  t.regex(two?.failures[0] ?? "", /^step 6 \(line 14\): expected allow, got require_approval .*cumulative risk 30/);
});

test("a test that makes no sense is an error with its place and the near name", async (t) => {
  const dir = folder(t, {
    "t.yaml": `tests:
- {name: a, acton: x, expect: allow}
- {name: b, action: x, expect: alow}
- {name: c, action: x, expect: allow, caller: {agentID: x}}
- {name: d, action: x, expect: allow, time: "2026-01-05T09:00:00"}
- {name: e, action: x, expect: {decision: allow, rul: x}}
- {name: f, action: x, expect: allow, steps: []}
`,
  });
  const { problems } = await loadProject({ dir, cwd: dir, partial: true });
  const text = problems.map(formatProblem).join("\n");
  t.regex(text, /t\.yaml:2:13: error: tests\[0\]\.acton: is not a field; did you mean action\?/);
  t.regex(text, /t\.yaml:3:32: error: tests\[1\]\.expect: must be one of .*did you mean allow\?/);
  t.regex(text, /t\.yaml:4:.*"agentID"; did you mean agentId\?/);
  t.regex(text, /t\.yaml:5:.*has no zone/);
  t.regex(text, /t\.yaml:6:.*tests\[4\]\.expect\.rul: is not a field; did you mean rule\?/);
  t.regex(text, /t\.yaml:7:.*at least one step/);
  t.is(problems.length, 6);
});

test("questions are judged alone; in a sequence each is charged for those before it", async (t) => {
  const judge = createJudge(await project);
  const question: Question = {
    action: "restart-deployment",
    target: "staging/web",
    caller: { agentId: "deploy-bot" },
    time: now,
  };
  const alone = Array.from({ length: 20 }, () => judge.ask(question).decision);
  t.true(alone.every(({ result, cumulativeRisk }) => result === "allow" && cumulativeRisk?.score === 5));
  const ask = judge.sequence();
  const together = Array.from({ length: 15 }, () => ask(question).decision);
  t.deepEqual(
    [4, 5, 14].map((i) => together[i]?.result),
    ["allow", "require_approval", "deny"],
  );
});

test("a plan is judged in the order of its run, as strict as its strictest step", async (t) => {
  const judge = createJudge(await project);
  const restart = { action: "restart-deployment", target: "staging/web" };
  const steps = [
    { name: "last", ...restart, target: "dev/web", dependsOn: ["first"] },
    { name: "first", ...restart, dependsOn: [] },
    { name: "prod", ...restart, target: "prod/web" },
  ];
  const plan = {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "ActionPlan",
    metadata: { name: "p" },
    spec: { steps },
  } as const;
  const judged = judgePlan(judge, { ...plan, spec: { steps } }, { caller: { agentId: "deploy-bot" }, time: now });
  t.deepEqual(
    judged.steps.map(({ name }) => name),
    ["first", "last", "prod"],
  );
  t.deepEqual([judged.result, judged.because?.name, judged.effectiveRisk], ["require_approval", "prod", "high"]);
  const many = Array.from({ length: 16 }, (_, i) => ({ name: `s${i}`, ...restart }));
  const denied = judgePlan(judge, { ...plan, spec: { steps: many } }, { caller: { agentId: "deploy-bot" }, time: now });
  t.deepEqual([denied.result, denied.because?.decision.cause], ["deny", "CumulativeRisk"]);
});

test("a time says its zone; under compat it is UTC without one", (t) => {
  t.is(parseTime("2026-01-05T10:00:00+01:00"), now);
  t.is(parseTime("2026-01-05T09:00:00", "compat"), now);
  for (const text of ["2026-01-05T09:00:00", "now", "2026-13-05T09:00:00Z", "2026-01-05", "5", ""])
    t.throws(() => parseTime(text), { name: "Error" }, text);
});
