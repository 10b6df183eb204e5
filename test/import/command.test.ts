import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { writeFiles, writeReferenceProject } from "./reference-project.ts";

const program = fileURLToPath(new URL("../../cli/agent-safe.ts", import.meta.url));

function agentSafe(...args: string[]) {
  return spawnSync(process.execPath, [program, ...args], { encoding: "utf8" });
}

test("an imported project is valid, and its tests pass, without a word about profiles", (t) => {
  const out = join(writeFiles(t, {}), "new");
  const imported = agentSafe("import", writeReferenceProject(t), "--out", out);
  t.is(imported.status, 0, imported.stderr);
  t.regex(
    imported.stdout,
    /^imported 33 actions, 6 rules in 1 policy, 12 targets, 1 test file into .* \(compat\), with \d+ warnings\n$/,
  );
  t.regex(imported.stderr, /^actions\/.*: warning: /);
  const validated = agentSafe("validate", "--dir", out);
  t.is(validated.status, 0, validated.stderr + validated.stdout);
  const tested = agentSafe("test", "--dir", out);
  t.is(tested.status, 0, tested.stderr + tested.stdout);
  t.regex(tested.stdout, /13 passed/);
});

test("a folder that is not empty is left alone unless told otherwise", (t) => {
  const from = writeReferenceProject(t);
  const out = writeFiles(t, { "mine.txt": "kept" });
  const refused = agentSafe("import", from, "--out", out);
  t.is(refused.status, 2);
  t.regex(refused.stderr, /is not empty; --force/);
  t.deepEqual(readdirSync(out), ["mine.txt"]);
  t.is(agentSafe("import", from, "--out", out, "--force").status, 0);
  t.true(existsSync(join(out, "mine.txt")));
  t.true(existsSync(join(out, "agent-safe.yaml")));
});

test("of a broken project nothing is written, and every fault is told with its line", (t) => {
  const from = writeFiles(t, {
    "actions/a.yaml": "name: a\nversion: 1.0\nrisk_class: hihg\n",
    "policies/p.yaml": "rules:\n- name: r\n",
  });
  const out = join(writeFiles(t, {}), "new");
  const refused = agentSafe("import", from, "--out", out);
  t.is(refused.status, 1);
  t.regex(refused.stderr, /^actions\/a\.yaml:2:1: error: version: must be text, not number 1; put it in quotes$/m);
  t.regex(refused.stderr, /^actions\/a\.yaml:3:1: error: risk_class: .*use high$/m);
  t.regex(refused.stderr, /^policies\/p\.yaml:2:3: error: rules\[0\]: match is missing$/m);
  t.false(existsSync(out));
});
