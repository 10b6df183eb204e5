import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Whether these programs run here; each is asked for its version. */
export function runs(...commands: readonly [program: string, argument: string][]): boolean {
  try {
    for (const [program, argument] of commands) execFileSync(program, [argument], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Whether this process may mount a small file system, tried with one. */
export function mayMount(): boolean {
  const point = mkdtempSync(join(tmpdir(), "agent-safe-mount-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", point], { stdio: "ignore" });
    execFileSync("umount", ["-l", point]);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(point);
  }
}
