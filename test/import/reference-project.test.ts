import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { type ExecutionContext } from "ava";
import type { Profile } from "../../controller/policy/types.ts";
import { importProject } from "../../sdk/import/import-project.ts";
import { loadProject } from "../../sdk/project/load.ts";
import { runTests } from "../../sdk/project/run-tests.ts";
import { CASES, ROWS, writeReferenceProject } from "./reference-project.ts";

async function imported(t: ExecutionContext, profile: Profile) {
  const { files, warnings } = importProject({ dir: writeReferenceProject(t), profile });
  const out = mkdtempSync(join(tmpdir(), "agent-safe-imported-"));
  t.teardown(() => rmSync(out, { recursive: true, force: true }));
  for (const { path, content } of files) {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), content);
  }
  return { files, warnings, project: await loadProject({ dir: out, profile }) };
}

test("33 actions, 6 rules and 12 targets import under compat, and the 13 tests pass unchanged", async (t) => {
  const { project, files } = await imported(t, "compat");
  t.deepEqual(
    project.problems.filter(({ severity }) => severity === "error"),
    [],
  );
  t.is(project.actions.length, 33);
  t.is(project.policies.flatMap(({ spec }) => spec.rules).length, 6);
  t.is(project.targets.length, 12);
  t.true(files.find(({ path }) => path === "tests/policy_tests/default.yaml")?.content.startsWith('{\n "tests"'));
  const results = runTests(project, project.tests, { now: 0, clock: () => 0 });
  t.is(results.length, 13);
  t.deepEqual(
    results.filter(({ passed }) => !passed),
    [],
  );
});

test("under strict exactly the three tests differ that point pod actions at Deployments", async (t) => {
  const { project } = await imported(t, "strict");
  t.deepEqual(
    project.problems.filter(({ severity }) => severity === "error"),
    [],
  );
  const results = runTests(project, project.tests, { now: 0, clock: () => 0 });
  const failed = results.filter(({ passed }) => !passed);
  t.deepEqual(
    failed.map(({ name }) => name),
    ["dev-delete-pod-allowed", "dev-read-logs-allowed", "staging-get-logs-allowed"],
  );
  t.is(results.length, CASES.length);
});

test("what an action says is all there, in our words or in the annotation", async (t) => {
  const { project } = await imported(t, "compat");
  for (const row of ROWS) {
    const action = project.actions.find(({ metadata }) => metadata.name === row.name);
    if (!action) {
      t.fail(row.name);
      continue;
    }
    const { spec, metadata } = action;
    const kept = JSON.parse(metadata.annotations?.["agentsafe.dev/imported"] ?? "{}");
    t.true(spec.riskClass === row.risk);
    t.deepEqual(spec.targetTypes, row.types);
    t.is(spec.description, row.gist);
    t.deepEqual(
      spec.parameters?.map(({ name }) => name),
      row.parameters.map((parameter) => (parameter as { name: string }).name),
    );
    t.deepEqual(spec.tags, row.tags);
    t.deepEqual(spec.requiredPrivileges, row.privileges);
    const checks = [...(spec.prechecks ?? []), ...(kept.prechecks ?? [])].map(({ name }) => name);
    t.deepEqual(checks.sort(), [...row.prechecks].sort());
    t.is(spec.reversible || kept.reversible === true, row.reversible);
    t.is(spec.rollback?.action ?? kept.rollback_action, row.rollback);
    t.is(spec.execution.executor, "dry-run");
    t.is(spec.credentials !== undefined, row.credentials !== undefined);
    t.is(spec.stateFields?.length ?? 0, row.state?.length ?? 0);
  }
});
