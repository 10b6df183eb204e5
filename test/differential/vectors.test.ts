import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { importProject } from "../../sdk/import/import-project.ts";
import { compare, newComparison } from "./compare.ts";
import { writeProject } from "./generate-project.ts";
import { makeOurs } from "./ours.ts";
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
