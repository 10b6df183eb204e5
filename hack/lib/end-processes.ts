import { setTimeout as sleep } from "node:timers/promises";
import { forgetProcess, isRunning, type ProcessRecord, readProcesses, signalProcess } from "./process-table.ts";

/**
 * Ends every recorded process of a directory and forgets it: SIGTERM, then SIGKILL after `graceMs`.
 * @returns the names of those that still ran
 */
export async function endProcesses(directory: string, graceMs: number): Promise<string[]> {
  const records = readProcesses(directory);
  const running = records.filter(isRunning);
  for (const record of running) {
    signalProcess(record, "SIGTERM");
    signalProcess(record, "SIGCONT"); // a stopped process would keep the SIGTERM waiting
  }
  await untilEnded(running, graceMs);
  for (const record of running) signalProcess(record, "SIGKILL");
  await untilEnded(running, 5000);
  for (const record of records) if (!isRunning(record)) forgetProcess(directory, record.name, record.pid);
  return running.map((record) => record.name);
}

async function untilEnded(records: ProcessRecord[], timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (records.some(isRunning) && performance.now() < deadline) await sleep(25);
}
