import { rmSync } from "node:fs";
import { endProcesses } from "./end-processes.ts";
import type { LocalHome } from "./local-home.ts";
import { lockHolder } from "./lock.ts";
import { processIdentity } from "./process-identity.ts";
import { waitFor } from "./wait.ts";

const graceMs = 20_000;

/**
 * Ends the `npm start` of a home and everything it started, also what a killed one left behind. Never signals a process
 * that merely has the same pid.
 * @returns what was ended, by name
 */
export async function stopLocal(home: LocalHome): Promise<string[]> {
  const ended: string[] = [];
  const holder = lockHolder(home.lock);
  if (holder !== undefined) {
    process.kill(holder.pid, "SIGTERM");
    ended.push("npm start and all its processes");
    const gone = () => processIdentity(holder.pid) !== holder.identity;
    try {
      await waitFor(gone, { timeoutMs: graceMs, what: "npm start to end" });
    } catch {
      if (!gone()) process.kill(holder.pid, "SIGKILL");
    }
  }
  ended.push(...(await endProcesses(home.pids, 1000)));
  rmSync(home.ready, { force: true });
  rmSync(home.lock, { force: true });
  return ended;
}
