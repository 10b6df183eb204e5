import { randomBytes } from "node:crypto";
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { processIdentity } from "./process-identity.ts";

/** Who holds a lock. */
export interface LockHolder {
  pid: number;
  identity: string;
}

/** A lock that was taken, or the process that has it. */
export type LockResult = { taken: true; release(): void } | { taken: false; holder: LockHolder };

/**
 * Takes the lock `file` for this process. A lock whose holder has ended is free, also when its pid was given to another
 * process since.
 */
export function takeLock(file: string): LockResult {
  const identity = processIdentity(process.pid);
  if (identity === undefined) throw new Error("this process has no identity");
  const mine = JSON.stringify({ pid: process.pid, identity } satisfies LockHolder);
  const own = `${file}.${randomBytes(6).toString("hex")}`;
  writeFileSync(own, mine, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      if (linked(own, file)) return { taken: true, release: () => releaseLock(file, mine) };
      const holder = lockHolder(file);
      if (holder !== undefined) return { taken: false, holder };
      rmSync(file, { force: true });
    }
    throw new Error(`cannot take the lock ${file}`);
  } finally {
    rmSync(own, { force: true });
  }
}

/** The running process that holds a lock, if any. */
export function lockHolder(file: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(readFileSync(file, "utf8")) as LockHolder;
    return processIdentity(holder.pid) === holder.identity ? holder : undefined;
  } catch {
    return undefined; // no file, or one that says nothing
  }
}

/** Links are atomic and, unlike a created file, never seen without their content. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function releaseLock(file: string, mine: string): void {
  try {
    if (readFileSync(file, "utf8") === mine) rmSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
