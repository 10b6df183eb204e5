/**
 * Named steps at which a process can be made to die or freeze, for crash tests:
 * `AGENT_SAFE_FAILPOINT=after-claim` kills it with SIGKILL there, `after-claim:stop` freezes it with SIGSTOP.
 */

/** The steps that can be named. */
export type Failpoint =
  | "decided"
  | "logged"
  | "status-written"
  | "plan-decided"
  | "plan-logged"
  | "plan-written"
  | "step-created"
  | "round-begun"
  | "round-opened"
  | "round-logged"
  | "round-approved"
  | "round-written"
  | "before-claim"
  | "after-claim"
  | "after-intent"
  | "after-credential"
  | "after-prechecks"
  | "before-act"
  | "after-act"
  | "after-revoke"
  | "after-outcome-log"
  | "after-status";

// Read once: the step is chosen before the process starts, and costs one comparison otherwise.
const [chosen, mode] = (process.env.AGENT_SAFE_FAILPOINT ?? "").split(":");
let armed = chosen !== undefined && chosen !== "";

/** Does nothing, unless this step was chosen by AGENT_SAFE_FAILPOINT: then the process dies or freezes here, once. */
export function failpoint(step: Failpoint): void {
  if (!armed || step !== chosen) return;
  armed = false;
  process.kill(process.pid, mode === "stop" ? "SIGSTOP" : "SIGKILL");
  if (mode === "stop") return;
  // A signal to oneself may be delivered a moment later: nothing may run until then.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
