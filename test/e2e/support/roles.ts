import { readFileSync } from "node:fs";
import type { Failpoint } from "../../../controller/runtime/failpoint.ts";
import type { TestRole } from "../../support/stack.ts";

/** The steps of the executor's work at which it can be made to die, in their order. */
export const executorSteps = [
  "before-claim",
  "after-claim",
  "after-intent",
  "after-credential",
  "after-prechecks",
  "before-act",
  "after-act",
  "after-revoke",
  "after-outcome-log",
  "after-status",
] as const satisfies readonly Failpoint[];

/** The same of the controller. */
export const controllerSteps = ["decided", "logged", "status-written"] as const satisfies readonly Failpoint[];

/** Starts a role that dies, or freezes (`…:stop`), at a step; it need not become ready before it does. */
export function arm(role: TestRole, failpoint: string): Promise<void> {
  return role.restart({ env: { AGENT_SAFE_FAILPOINT: failpoint }, wait: false });
}

/** Waits until an armed role has killed itself; rejects when it ended otherwise or not in time. */
export async function died(role: TestRole, failpoint: string, timeoutMs = 120_000): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the ${role.role} did not get to ${failpoint}: ${tail(role)}`)),
      timeoutMs,
    );
  });
  try {
    const { code, signal } = await Promise.race([role.exited(), late]);
    if (signal !== "SIGKILL")
      throw new Error(`the ${role.role} ended with ${code ?? signal} instead of at ${failpoint}: ${tail(role)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a role has stopped itself (`…:stop`); throws when it ended instead. */
export function isFrozen(role: TestRole): boolean {
  if (!role.running()) throw new Error(`the ${role.role} ended: ${tail(role)}`);
  const stat = readFileSync(`/proc/${role.pid()}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).startsWith("T");
}

/** The end of what a role wrote. */
export function tail(role: TestRole, characters = 1500): string {
  return role.log().slice(-characters);
}

/** A role that is started again whenever it ends, as a cluster would do it. */
export interface Kept {
  /** How it ended, each time: the reason that it gave, or code and signal. */
  readonly ends: readonly string[];
  stop(): void;
}

/** Starts to keep a role alive. Stop it before the role is stopped. */
export function keep(role: TestRole): Kept {
  const ends: string[] = [];
  let stopped = false;
  const watch = async () => {
    for (;;) {
      const { code, signal } = await role.exited();
      if (stopped) return;
      const reason = /"reason":"([^"]*)","msg":"this process must end"/.exec(tail(role))?.[1];
      ends.push(reason ?? `ended with ${code ?? signal}: ${tail(role)}`);
      await role.restart({ wait: false });
    }
  };
  watch().catch((error: unknown) => ends.push(`could not be started again: ${String(error)}`));
  return {
    ends,
    stop: () => {
      stopped = true;
    },
  };
}
