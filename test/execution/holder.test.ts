import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { executorHolder, logOf } from "../../controller/reconcilers/executor-holder.ts";

test("a process that is started again has the same log and another boot; another folder is another log", async (t) => {
  const scratch = mkdtempSync(join(tmpdir(), "agent-safe-holder-"));
  t.teardown(() => rmSync(scratch, { recursive: true }));
  const [first, again, other] = await Promise.all([
    executorHolder("host/boot-1", join(scratch, "a")),
    executorHolder("host/boot-2", join(scratch, "a")),
    executorHolder("host/boot-3", join(scratch, "b")),
  ]);
  t.is(logOf(first), logOf(again));
  t.not(first, again);
  t.not(logOf(first), logOf(other));
  t.regex(first, /^host\/[0-9a-f-]{36}\/boot-1$/);
});

test("a holder that does not name a log has none", (t) => {
  t.is(logOf("somebody"), "");
  t.is(logOf(""), "");
});
