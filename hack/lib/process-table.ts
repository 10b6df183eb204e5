import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeFileAtomic } from "./files.ts";
import { processIdentity } from "./process-identity.ts";

/** A process that was started, as kept on disk: enough to end it later without ever hitting a stranger. */
export interface ProcessRecord {
  name: string;
  pid: number;
  /** From `processIdentity`; a pid whose identity differs now belongs to someone else. */
  identity: string;
  /** Leads its own process group, so that its children end with it. */
  group: boolean;
}

/** Writes the record of a process that was just started into `directory`. */
export function recordProcess(directory: string, name: string, pid: number, group: boolean): void {
  const identity = processIdentity(pid);
  if (identity === undefined) return; // it has already ended
  mkdirSync(directory, { recursive: true });
  const record: ProcessRecord = { name, pid, identity, group };
  writeFileAtomic(join(directory, `${name}.${pid}.json`), JSON.stringify(record));
}

/** Forgets a process that has ended. */
export function forgetProcess(directory: string, name: string, pid: number): void {
  rmSync(join(directory, `${name}.${pid}.json`), { force: true });
}

/** All records in `directory`, also of processes that have ended since. */
export function readProcesses(directory: string): ProcessRecord[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith(".json"))
    .map((name) => readJson<ProcessRecord>(join(directory, name)))
    .filter((record) => record !== undefined);
}

/** Whether the recorded process itself still runs (not another one with its pid). */
export function isRunning(record: ProcessRecord): boolean {
  return processIdentity(record.pid) === record.identity;
}

/** Sends a signal to a recorded process and its group, unless it has ended. Returns whether it was sent. */
export function signalProcess(record: ProcessRecord, signal: NodeJS.Signals): boolean {
  if (!isRunning(record)) return false;
  try {
    process.kill(record.group ? -record.pid : record.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}
