import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { parseAllDocuments } from "yaml";

const root = join(import.meta.dirname, "..", "..");
const run = promisify(execFile);
const generate = (...args: string[]) =>
  run(process.execPath, [join(root, "cli", "agent-safe.ts"), "rbac", "generate", ...args], { cwd: root });

test("rbac generate prints manifests of a folder, the same each time, as YAML or JSON", async (t) => {
  const folders = ["--dir", "catalog", "--dir", "config/samples"];
  const { stdout } = await generate(...folders);
  t.is((await generate(...folders.toReversed().reverse())).stdout, stdout);
  const documents = parseAllDocuments(stdout).map((document) => document.toJS());
  t.true(documents.length > 10);
  t.true(
    documents.every(({ kind }) =>
      ["ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"].includes(kind),
    ),
  );
  t.false(stdout.includes('"*"'));
  const { stdout: json } = await generate(...folders, "-o", "json");
  t.deepEqual(JSON.parse(json).items, documents);
});

test("a folder that is not there, or is not YAML, is an error that names the file", async (t) => {
  const missing = await t.throwsAsync(generate("--dir", "/nonexistent"));
  t.regex(missing?.message ?? "", /ENOENT.*\/nonexistent/);
  const scratch = mkdtempSync(join(tmpdir(), "agent-safe-rbac-"));
  t.teardown(() => rmSync(scratch, { recursive: true }));
  writeFileSync(join(scratch, "broken.yaml"), "a: [");
  const broken = await t.throwsAsync(generate("--dir", scratch));
  t.regex(broken?.message ?? "", /broken\.yaml/);
});
