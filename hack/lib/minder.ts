/**
 * Outlives a parent that was killed, and ends what it left behind. Its standard input is a pipe whose other end only the
 * parent holds: the pipe closes when the parent ends, however it ends.
 * Usage: node minder.ts PIDS_DIRECTORY [FILE_TO_REMOVE…]
 */
import { rmSync } from "node:fs";
import { endProcesses } from "./end-processes.ts";

const [directory, ...files] = process.argv.slice(2);
if (directory === undefined) throw new Error("usage: minder.ts PIDS_DIRECTORY");
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
process.stdin.resume();
process.stdin.on("error", () => undefined);
process.stdin.on("close", async () => {
  for (const file of files) rmSync(file, { force: true });
  await endProcesses(directory, 1000);
  process.exit(0);
});
