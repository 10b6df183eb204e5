import { rmSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { intent, newSigner, openLog } from "../audit/support.ts";
import { exampleProject, examplesOf, runExample } from "./examples.ts";

const page = "docs/sdk.md";
const offline = examplesOf(page).filter(({ use }) => use === "offline");
const dir = exampleProject(page);
test.after.always(() => rmSync(dir, { recursive: true, force: true }));

test.before("a log to verify", async () => {
  const log = await openLog(join(dir, ".agent-safe/audit/controller"), await newSigner());
  await log.append(intent("11111111-2222-4333-8444-555555555555"));
  await log.close();
});

test("the page has examples, and every block of code is one that a test runs", (t) => {
  t.true(offline.length >= 5);
  t.deepEqual([...new Set(examplesOf(page).map(({ language, use }) => (language === "ts" ? use : language)))].sort(), [
    "cluster",
    "offline",
    "yaml",
  ]);
});

for (const example of offline) {
  test(`docs/sdk.md, line ${example.line}: does what it says without a cluster`, async (t) => {
    t.true(example.prints.length > 0, "an example says what it prints");
    t.deepEqual(await runExample(dir, example, { AGENT_SAFE_DIR: "", AGENT_SAFE_PROFILE: "" }), example.prints);
  });
}
