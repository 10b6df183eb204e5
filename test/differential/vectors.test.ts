import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test from "ava";
import { verdict } from "../../controller/policy/decide.ts";
import { importProject } from "../../sdk/import/import-project.ts";
import { loadProject } from "../../sdk/project/load.ts";
import { formatProblem } from "../../sdk/project/problem.ts";
import { compare, newComparison } from "./compare.ts";
import { writeProject } from "./generate-project.ts";
import type { Asked } from "./generate-request.ts";
import { inputOf, makeOurs } from "./ours.ts";
import { readVectors } from "./vectors.ts";

test("2,000 recorded cases are decided as the Python project decided them, apart from what is meant", (t) => {
  const work = mkdtempSync(join(tmpdir(), "agent-safe-vectors-"));
  t.teardown(() => rmSync(work, { recursive: true, force: true }));
  const result = newComparison();
  let cases = 0;
  for (const [number, { files, requests, answers, meant }] of readVectors().entries()) {
    const dir = join(work, String(number));
    writeProject(dir, files);
    const { objects, warnings } = importProject({ dir, profile: "compat" });
    t.deepEqual(
      warnings.filter(({ severity }) => severity === "error"),
      [],
    );
    compare(makeOurs(objects), requests, answers, result);
    t.deepEqual(result.meant, meant, `meant differences of project ${number}`);
    cases += requests.length;
  }
  t.deepEqual(result.unexplained, []);
  t.is(cases, 2_000);
  t.true(result.agreed > 1_800);
});

test("the files of an import load without an error, and decide what the objects in memory do", async (t) => {
  const work = mkdtempSync(join(tmpdir(), "agent-safe-vectors-"));
  t.teardown(() => rmSync(work, { recursive: true, force: true }));
  for (const [number, { files, requests }] of readVectors().entries()) {
    const dir = join(work, String(number));
    writeProject(dir, files);
    const imported = importProject({ dir, profile: "compat" });
    const out = join(work, `out${number}`);
    for (const { path, content } of imported.files) {
      mkdirSync(dirname(join(out, path)), { recursive: true });
      writeFileSync(join(out, path), content);
    }
    const loaded = await loadProject({ dir: out, profile: "compat" });
    t.deepEqual(loaded.problems.filter(({ severity }) => severity === "error").map(formatProblem), []);
    const { engine } = makeOurs(imported.objects);
    for (const json of requests) {
      const input = inputOf(JSON.parse(json) as Asked, "r");
      t.deepEqual(verdict(loaded.engine, input), verdict(engine, input));
    }
  }
});
