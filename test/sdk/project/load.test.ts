import { symlinkSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { ruleWarnings } from "../../../sdk/project/lint.ts";
import { blockingErrors, loadProject } from "../../../sdk/project/load.ts";
import { formatProblem } from "../../../sdk/project/problem.ts";
import { folder, SCAFFOLD } from "./support.ts";

const agent = (name: string, spec = "") => `apiVersion: agentsafe.dev/v1alpha1
kind: Agent
metadata: {name: ${name}}
spec: {subjects: [{kind: User, name: ${name}}]${spec && `, ${spec}`}}
`;
const policy = (rules: string) => `apiVersion: agentsafe.dev/v1alpha1
kind: ActionPolicy
metadata: {name: own}
spec:
  rules:
${rules}`;

async function said(dir: string, more: readonly string[] = []): Promise<string[]> {
  const project = await loadProject({ dir: [...more, dir], cwd: dir });
  return [...project.problems, ...ruleWarnings(project)].filter(({ file }) => !file.startsWith("/")).map(formatProblem);
}

test("the scaffold is right and says nothing", async (t) => {
  const project = await loadProject({ dir: SCAFFOLD });
  t.deepEqual([...project.problems, ...ruleWarnings(project)], []);
  t.deepEqual([project.actions.length, project.policies.length, project.agentObjects.length], [4, 2, 1]);
  t.deepEqual([...project.profiles.keys()], ["default"]);
});

test("every problem of every file is told at once, with its place and the near name", async (t) => {
  const dir = folder(t, {
    "a.yaml": policy("  - {name: r, match: {targets: {enviroments: [dev]}}, decision: alow, reason: x}\n"),
    "b.yaml": `${agent("one", "agentId: x")}---\n${agent("two", "agentId: x, riskProfile: nightly")}`,
    "c/d.json": '{"apiVersion": "agentsafe.dev/v1alpha1", "kind": "Agnt", "metadata": {"name": "x"}}',
    "e.yml": "a: [",
    "f.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {on: yes}\n",
  });
  const problems = await said(dir);
  for (const words of [
    /^a\.yaml:6:33: error: spec\.rules\[0\]\.match\.targets\.enviroments: is not a field; did you mean environments\?/,
    /^a\.yaml:6:65: error: spec\.rules\[0\]\.decision: must be one of .*did you mean allow\?/,
    /^b\.yaml:9:\d+: error: spec\.agentId: the agent id "x" is that of Agent "one" too \(b\.yaml:4\)/,
    /^b\.yaml:9:\d+: error: spec\.riskProfile: there is no RiskProfile "nightly"/,
    /^c\/d\.json:1:\d+: error: kind: "Agnt" is no kind of agentsafe\.dev; did you mean Agent\?/,
    /^e\.yml:1:5: error: /,
  ]) {
    t.true(
      problems.some((problem) => words.test(problem)),
      `${words} in\n${problems.join("\n")}`,
    );
  }
  t.is(problems.length, 6, problems.join("\n"));
});

test("what kubectl would read otherwise is an error, quoted it is not", async (t) => {
  const dir = folder(t, {
    "a.yaml": agent("one", "description: yes, roles: [0755, 1_000, on]"),
    "b.yaml": agent("two", 'description: "yes", roles: ["0755", "1_000", "on"]'),
  });
  const problems = await said(dir);
  for (const [text, meaning] of [
    ["yes", "true"],
    ["0755", "493"],
    ["1_000", "1000"],
    ["on", "true"],
  ]) {
    t.true(
      problems.some((problem) => problem.includes(`"${text}" means ${meaning} to kubectl`)),
      problems.join("\n"),
    );
  }
  t.deepEqual(
    problems.filter((problem) => problem.startsWith("b.yaml")),
    [],
  );
});

test("names that nothing has are warnings, and so are rules that never decide", async (t) => {
  const dir = folder(t, {
    "a.yaml": policy(`  - {name: one, priority: 1001, match: {actions: [restart-deploymnt]}, decision: allow, reason: x}
  - {name: two, priority: 1, match: {callers: {roles: [deploer]}, targets: {environments: [dev]}}, decision: deny, reason: x}
`),
  });
  const problems = await said(dir, SCAFFOLD);
  t.regex(
    problems.join("\n"),
    /a\.yaml:6:51: warning: .*there is no Action "restart-deploymnt"; did you mean restart-deployment\?/,
  );
  t.regex(problems.join("\n"), /a\.yaml:7:56: warning: .*no Agent has the role "deploer"; did you mean deployer\?/);
  t.regex(problems.join("\n"), /warning: spec\.rules\[0\]: rule one is unreachable/);
  t.regex(problems.join("\n"), /warning: spec\.rules\[1\]: rule two is shadowed/);
});

test("an error in what asks does not block judging; one in what decides does", async (t) => {
  const request = `apiVersion: agentsafe.dev/v1alpha1
kind: ActionRequest
metadata: {name: x, namespace: agents}
spec: {action: restart-deploymnt, target: dev/wob}
`;
  const asking = await loadProject({ dir: [...SCAFFOLD, folder(t, { "r.yaml": request })] });
  t.deepEqual([asking.problems.length, blockingErrors(asking).length], [2, 0]);
  const deciding = await loadProject({ dir: [...SCAFFOLD, folder(t, { "a.yaml": agent("x", "rols: [a]") })] });
  t.is(blockingErrors(deciding).length, 1);
});

test("a List counts as its items; links to files are followed; a missing folder is a problem", async (t) => {
  const list = `{"apiVersion": "v1", "kind": "List", "items": [
    {"apiVersion": "agentsafe.dev/v1alpha1", "kind": "Agent", "metadata": {"name": "x"}, "spec": {"subjects": [{"kind": "User", "name": "x"}]}},
    {"apiVersion": "agentsafe.dev/v1alpha1", "kind": "Agent", "metadata": {"name": "y"}, "spec": {"rols": []}}]}`;
  const elsewhere = folder(t, { "list.json": list, "node_modules/n.yaml": "a: [", ".hidden/h.yaml": "a: [" });
  const dir = folder(t, {});
  symlinkSync(join(elsewhere, "list.json"), join(dir, "link.json"));
  const project = await loadProject({ dir: [dir, elsewhere, join(dir, "none")], cwd: dir });
  t.deepEqual(
    project.agentObjects.map(({ metadata }) => metadata.name),
    ["x", "x"],
  );
  const problems = project.problems.map(formatProblem).join("\n");
  t.regex(problems, /link\.json:3:\d+: error: spec\.rols: is not a field; did you mean roles/);
  t.regex(problems, /none:1:1: error: ENOENT/);
});

test("no file makes the loader throw", async (t) => {
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${"bcdefghi"
    .split("")
    .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${"abcdefgh"[i]}`).join(", ")}]`)
    .join("\n")}\n`;
  const texts = [
    "",
    "---\n---\n",
    "null",
    "[]",
    "42",
    "\ufeff",
    "%YAML 9.9\n---\na",
    "a: *x",
    bomb,
    "tests: 3",
    "tests: [1]",
  ];
  const more = [
    "apiVersion: agentsafe.dev/v1alpha1",
    "apiVersion: agentsafe.dev/v1alpha1\nkind: Action\nmetadata: 3\nspec: []",
    "apiVersion: agentsafe.dev/v1alpha1\nkind: constructor\n",
    "apiVersion: agentsafe.dev/v1alpha1\nkind: Agent\nmetadata: {name: x}\nspec: {__proto__: {roles: [a]}}",
    "? [a, b]\n: c\n",
    "a: !!binary x\n",
  ];
  const files = Object.fromEntries([...texts, ...more].map((text, i) => [`${i}.yaml`, text]));
  const project = await loadProject({ dir: folder(t, files) });
  t.true(project.problems.length > 5);
  t.is(project.agentObjects.length, 0);
});

test("one of our kinds without our group is not passed over in silence; that of another product is", async (t) => {
  const body = "kind: ActionPolicy\nmetadata: {name: own}\n";
  const dir = folder(t, {
    "forgotten.yaml": body,
    "number.yaml": `apiVersion: 5\n${body}`,
    "slip.yaml": `apiVersion: agent-safe.dev/v1alpha1\n${body}`,
    "other.yaml": `apiVersion: policy.example.com/v1\n${body}`,
    "text.yaml": "hello",
  });
  const told = (await said(dir)).filter((line) => line.includes("apiVersion"));
  t.deepEqual(told, [
    "forgotten.yaml:1:1: error: apiVersion: is required: it must be agentsafe.dev/v1alpha1",
    "number.yaml:1:13: error: apiVersion: is 5; it must be agentsafe.dev/v1alpha1",
    'slip.yaml:1:13: error: apiVersion: is "agent-safe.dev/v1alpha1"; it must be agentsafe.dev/v1alpha1',
  ]);
  t.deepEqual(
    (await said(dir)).filter((line) => /^(other|text)/.test(line)),
    [],
  );
});

test("an alias to what it stands in, too deep a nesting and an endless file are told with their place", async (t) => {
  const dir = folder(t, {
    "cycle.yaml": agent("x").replace("{name: x}\n", "&m {name: x, labels: *m}\n"),
    "merge.yaml": "a: &a {<<: *a, b: 1}\n",
    "deep.yaml": `a: ${"[".repeat(50_000)}`,
  });
  symlinkSync("/dev/zero", join(dir, "zero"));
  const told = await said(dir, [join(dir, "zero")]);
  t.regex(told.join("\n"), /^cycle\.yaml:3:\d+: error: an alias to what it stands in/m);
  t.regex(told.join("\n"), /^merge\.yaml:1:12: error: an alias to what it stands in/m);
  t.regex(told.join("\n"), /^deep\.yaml:1:\d+: error: is nested too deeply$/m);
  t.regex(told.join("\n"), /^zero:1:1: error: has more than \d+ bytes/m);
});
