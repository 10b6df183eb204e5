import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";

const made: string[] = [];
test.after.always("scratch folders go", () => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
});

/** A new folder that is removed when the test file ends. */
export function scratchFolder(): string {
  const directory = mkdtempSync(join(tmpdir(), "agent-safe-scratch-"));
  made.push(directory);
  return directory;
}
