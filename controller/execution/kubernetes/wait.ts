import type { KubernetesExecution } from "../../api/types.ts";
import { isKubeError, sleep } from "../../runtime/index.ts";
import { ExecutionError } from "../errors.ts";
import type { LiveObject } from "./objects.ts";

const FIRST_POLL_MS = 250;
const MAX_POLL_MS = 2_000;

/** Reads the object that is waited for; `null` when it does not exist. */
export type ReadLive = () => Promise<LiveObject | null>;

/**
 * Waits until the world is as `waitFor` says. Ends with ExecutionError `TIMED_OUT` when `signal` aborts, and
 * `ROLLOUT_FAILED` when it can't come true any more. Failed reads are tried again: the effect was made already.
 */
export async function waitFor(
  what: KubernetesExecution["waitFor"],
  read: ReadLive,
  options: { uid?: string; signal: AbortSignal },
): Promise<void> {
  if (what === undefined || what === "none") return;
  let missing = "nothing was read yet";
  for (let delay = FIRST_POLL_MS; !options.signal.aborted; delay = Math.min(delay * 1.5, MAX_POLL_MS)) {
    try {
      const reason = missingFor(what, await read(), options.uid);
      if (reason === undefined) return;
      missing = reason;
    } catch (error) {
      if (!isKubeError(error)) throw error;
      if (error.code === "UNAUTHORIZED" || error.code === "FORBIDDEN") {
        throw new ExecutionError("TIMED_OUT", "done, but the credential ended before its end was seen", {
          cause: error,
        });
      }
      missing = "the API server did not answer";
    }
    await sleep(delay, options.signal);
  }
  throw new ExecutionError("TIMED_OUT", `done, but not finished in time: ${missing}`);
}

function missingFor(
  what: "rollout" | "deleted" | "exists",
  object: LiveObject | null,
  uid: string | undefined,
): string | undefined {
  if (what === "exists") return object === null ? "it does not exist yet" : undefined;
  // Another object of the same name is not the one that was deleted.
  if (what === "deleted") return object === null || object.metadata.uid !== uid ? undefined : "it still exists";
  if (object === null) throw new ExecutionError("ROLLOUT_FAILED", "the workload was deleted during its rollout");
  return missingForRollout(object);
}

/** What a workload's rollout lacks, or `undefined` when it is complete. Deployments, StatefulSets and DaemonSets. */
export function missingForRollout(object: LiveObject): string | undefined {
  const spec = object.spec ?? {};
  const status = object.status ?? {};
  const count = (value: unknown): number => (typeof value === "number" ? value : 0);
  if (count(status.observedGeneration) < count(object.metadata.generation))
    return "its controller has not seen the change yet";
  if (object.kind === "DaemonSet") {
    const wanted = count(status.desiredNumberScheduled);
    if (count(status.updatedNumberScheduled) < wanted)
      return `${count(status.updatedNumberScheduled)} of ${wanted} pods are updated`;
    return count(status.numberAvailable) < wanted
      ? `${count(status.numberAvailable)} of ${wanted} pods are available`
      : undefined;
  }
  const failed = progressFailure(status.conditions);
  if (failed !== undefined) throw new ExecutionError("ROLLOUT_FAILED", `the rollout failed: ${failed}`);
  const wanted = typeof spec.replicas === "number" ? spec.replicas : 1;
  const updated = count(status.updatedReplicas);
  const available = count(status.availableReplicas);
  const all = count(status.replicas);
  if (updated < wanted) return `${updated} of ${wanted} pods are updated`;
  if (all > updated) return `${all - updated} old pods still run`;
  return available < wanted ? `${available} of ${wanted} pods are available` : undefined;
}

function progressFailure(conditions: unknown): string | undefined {
  if (!Array.isArray(conditions)) return undefined;
  const progressing = conditions.find((condition) => condition?.type === "Progressing");
  return progressing?.status === "False" && progressing.reason === "ProgressDeadlineExceeded"
    ? String(progressing.message)
    : undefined;
}
