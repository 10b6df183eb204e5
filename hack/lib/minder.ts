/**
 * Outlives a parent that was killed, and ends what it left behind. Its standard input is a pipe whose other end only the
 * parent holds: the pipe closes when the parent ends, however it ends.
 * Usage: node minder.ts PIDS_DIRECTORY
 */
import { endProcesses } from "./end-processes.ts";

const directory = process.argv[2];
if (directory === undefined) throw new Error("usage: minder.ts PIDS_DIRECTORY");
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
process.stdin.resume();
process.stdin.on("error", () => undefined);
process.stdin.on("close", () => void endProcesses(directory, 1000).then(() => process.exit(0)));
