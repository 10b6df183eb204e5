import test from "ava";
import { ExecutionError } from "../../controller/execution/errors.ts";
import { missingForRollout, waitFor } from "../../controller/execution/kubernetes/wait.ts";

const deployment = (generation: number, replicas: number, status: Record<string, unknown>) => ({
  ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { generation }, spec: { replicas }, status },
});
const complete = { observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 3 };

for (const [what, status, expected] of [
  ["complete", complete, undefined],
  ["an old observation, however good its numbers", { ...complete, observedGeneration: 1 }, /has not seen the change/],
  ["no status", {}, /has not seen the change/],
  ["too few updated", { ...complete, updatedReplicas: 1 }, /1 of 3 pods are updated/],
  ["old pods that still run", { ...complete, replicas: 4 }, /1 old pods still run/],
  ["too few available", { ...complete, availableReplicas: 2 }, /2 of 3 pods are available/],
] as const) {
  test(`rollout: ${what}`, (t) => {
    const missing = missingForRollout(deployment(2, 3, status));
    if (expected === undefined) t.is(missing, undefined);
    else t.regex(missing ?? "", expected);
  });
}

test("a rollout that passed its progress deadline has failed, and is not waited for", (t) => {
  const conditions = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: "no" }];
  const failing = deployment(2, 3, { ...complete, updatedReplicas: 1, conditions });
  t.throws(() => missingForRollout(failing), { instanceOf: ExecutionError, code: "ROLLOUT_FAILED" } as object);
});

test("a scale to zero is complete when no pod is left", (t) => {
  t.is(missingForRollout(deployment(2, 0, { observedGeneration: 2 })), undefined);
  t.regex(missingForRollout(deployment(2, 0, { observedGeneration: 2, replicas: 1 })) ?? "", /old pods/);
});

test("a wait that runs out says what is missing", async (t) => {
  const read = async () => deployment(2, 3, { ...complete, updatedReplicas: 1 });
  const error = await t.throwsAsync(waitFor("rollout", read, { signal: AbortSignal.timeout(50) }), {
    instanceOf: ExecutionError,
  });
  t.regex(error?.message ?? "", /done, but not finished in time: 1 of 3 pods/);
});

test("deleted means that this very object is gone", async (t) => {
  const read = async () => ({ metadata: { uid: "new" } });
  await t.notThrowsAsync(waitFor("deleted", read, { uid: "old", signal: AbortSignal.timeout(1_000) }));
  await t.throwsAsync(waitFor("deleted", read, { uid: "new", signal: AbortSignal.timeout(50) }), {
    instanceOf: ExecutionError,
  });
});
