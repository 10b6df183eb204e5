import { ACTIONS, CONDITIONS, credentialSecretName, EXECUTION_RESULTS, SECRETS } from "../api/constants.ts";
import { objectDigest } from "../api/digest.ts";
import { parseDuration } from "../api/duration.ts";
import type { Action, ActionRequest, LogPosition, RequestExecution, Target } from "../api/types.ts";
import type { Execution } from "../audit/index-rows.ts";
import { CredentialError } from "../credentials/errors.ts";
import { type FenceTimes, fenceCredential, placeTombstone } from "../credentials/fence.ts";
import { observerSecretName } from "../credentials/names.ts";
import type { Executor, Observation } from "../execution/executor.ts";
import { getCondition, isKubeError, type ReconcileResult } from "../runtime/index.ts";
import { obtainCredential, withdrawCredential } from "./executor-credential.ts";
import { outcomeEvent, requestEvent } from "./executor-events.ts";
import { logOf } from "./executor-holder.ts";
import type { ExecutorScope } from "./executor-options.ts";
import { RefusalError, readTarget } from "./executor-redeem.ts";
import { auditHeaders } from "./executor-run.ts";
import type { ExecutionStage } from "./executor-status.ts";
import { isOpen, readAgain, writeStageIfOpen } from "./executor-write.ts";

type Result = NonNullable<RequestExecution["result"]>;

/** Whether nothing can be found out about a request's end, so that a person has to say. */
export function awaitsPerson(request: ActionRequest): boolean {
  const stalled = getCondition(request.status?.conditions, CONDITIONS.Stalled);
  return stalled?.status === "True" && stalled.reason === "OutcomeUnknown";
}

/**
 * Finds out the end of an execution whose executor is gone: takes its power away, then looks. Never does it again. Safe
 * against an executor that is only slow: from here on it can mint nothing, and its word on the status comes too late.
 */
export async function recover(scope: ExecutorScope, seen: ActionRequest): Promise<ReconcileResult | undefined> {
  const write = { client: scope.client, clock: scope.clock, timeoutMs: scope.times.callMs };
  const request = await readAgain(seen, write);
  if (request === undefined || !isOpen(request) || awaitsPerson(request)) return undefined;
  const wait = waitForOther(scope, request);
  if (wait > 0) return { requeueAfterMs: wait };
  const unavailable = scope.audit.unavailable();
  if (unavailable !== "" || !scope.guard.ready()) return { requeueAfterMs: scope.times.retryMs };

  const { uid = "" } = request.metadata;
  const attempt = request.status?.claim?.attempt ?? 1;
  const ownLog = isOwnLog(scope, request);
  const known = ownLog ? await scope.audit.intentOutcome(uid) : undefined;
  scope.logger.warn(
    { request: request.metadata.name, uid, holder: request.status?.claim?.holder, known },
    "recovering an execution",
  );

  const begun = known?.intent === undefined ? undefined : known;
  if (known?.outcome !== undefined && isOutcomeOf(known, attempt)) {
    const { origin } = await fence(scope, request, { wait: false, begun });
    const message = "The outcome is the audit log's: it had not reached the request, or was lost from it.";
    await finish(scope, request, { result: resultOf(known.result), message }, { origin, index: known.outcome });
    return undefined;
  }
  if (ownLog && known?.intent === undefined) {
    // Without an intent in the log no credential was minted, and after the tombstone none can be.
    await fence(scope, request, { wait: false, begun });
    await conclude(scope, request, {
      result: "FAILURE",
      reason: "NOT_STARTED",
      message: "The executor ended after its claim and before it did anything.",
    });
    return undefined;
  }
  return find(scope, await tellUnknown(scope, request), begun);
}

/**
 * Whether what the log has is the end of what was begun, not of an earlier try that began nothing. After an older etcd was
 * restored the claim may bear another number than the attempt that did it; a request is begun once, whatever its number.
 */
function isOutcomeOf({ intent, outcome, outcomeType, attempt }: Execution, claimed: number): boolean {
  if (outcomeType !== "execution.outcome" || outcome === undefined) return false;
  return intent === undefined ? attempt === claimed : outcome > intent;
}

/**
 * Whether the claim's executor wrote the log that this process writes now. A log has one writer at a time, so that
 * executor is gone for good, and what the log does not say it did not do.
 */
function isOwnLog({ holder }: ExecutorScope, request: ActionRequest): boolean {
  const log = logOf(request.status?.claim?.holder ?? "");
  return log !== "" && log === logOf(holder);
}

/** How long another executor's claim is still its own, in ms. */
function waitForOther(scope: ExecutorScope, request: ActionRequest): number {
  if (isOwnLog(scope, request)) return 0;
  if (!scope.lease.isLeader()) return scope.times.retryMs * 5;
  return Date.parse(request.status?.claim?.at ?? "") + scope.times.graceMs - scope.clock();
}

async function tellUnknown(scope: ExecutorScope, request: ActionRequest): Promise<ActionRequest | undefined> {
  const reason = getCondition(request.status?.conditions, CONDITIONS.Executed)?.reason;
  if (reason === "OutcomeUnknown") return request;
  const message = "The executor ended before it told the outcome; it is being found out.";
  const { origin, index } = await scope.audit.append(requestEvent(scope, request, "execution.unknown", { message }));
  const write = { client: scope.client, clock: scope.clock, timeoutMs: scope.times.callMs };
  return writeStageIfOpen(request, { kind: "unknown", message, stuck: false, record: { origin, index } }, write);
}

async function find(
  scope: ExecutorScope,
  request: ActionRequest | undefined,
  begun: Execution | undefined,
): Promise<undefined> {
  if (request === undefined) return;
  await fence(scope, request, { wait: true, begun });
  const seen = await look(scope, request);
  if (seen.done === true) {
    await conclude(
      scope,
      request,
      { result: "SUCCESS", reason: "OBSERVED", message: sentence(seen.message) },
      seen.after,
    );
  } else if (seen.done === false) {
    await conclude(scope, request, { result: "FAILURE", reason: "NOT_OBSERVED", message: sentence(seen.message) });
  } else {
    await stuck(scope, request, seen.message);
  }
}

/** Takes the claimed attempt's power away, and that of the attempt that the log knows as begun, should it be another. */
async function fence(
  scope: ExecutorScope,
  request: ActionRequest,
  { wait, begun }: { wait: boolean; begun: Execution | undefined },
): Promise<LogPosition> {
  const { client, credentialsNamespace: namespace, times, stopping: signal } = scope;
  const claimed = request.status?.claim?.attempt ?? 1;
  const options = { client, namespace, times: fenceTimes(scope, request), timeoutMs: times.callMs, signal };
  const nameOf = (attempt: number) => credentialSecretName(request.metadata.uid ?? "", attempt);
  if (begun !== undefined && begun.attempt !== claimed)
    await placeTombstone({ ...options, secretName: nameOf(begun.attempt) });
  const secretName = nameOf(claimed);
  await (wait ? fenceCredential({ ...options, secretName }) : placeTombstone({ ...options, secretName }));
  const { origin, index } = await scope.audit.append(
    requestEvent(scope, request, "credential.fenced", { secret: secretName }),
  );
  return { origin, index };
}

/** The connections of a process that ended are closed, and their calls with them; one that is only frozen keeps its own open. */
function fenceTimes(scope: ExecutorScope, request: ActionRequest): FenceTimes {
  const { fence: times, frozenCallMs } = scope.times;
  return isOwnLog(scope, request) ? times : { ...times, callDeadlineMs: Math.max(times.callDeadlineMs, frozenCallMs) };
}

/** Looks at the world with a credential of its own, if action and target are still those that were judged. */
async function look(scope: ExecutorScope, request: ActionRequest): Promise<Observation> {
  const { decision, claim, execution } = request.status ?? {};
  let action: Action;
  let target: Target;
  try {
    const call = { timeoutMs: scope.times.callMs };
    action = await scope.client.get<Action>(ACTIONS, { name: request.spec.action }, call);
    target = await readTarget(scope.reads, request);
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND") || error instanceof RefusalError)
      return { done: undefined, message: "its action or target is gone" };
    throw error;
  }
  if (objectDigest(action) !== decision?.action?.digest || objectDigest(target) !== decision.target?.digest) {
    return { done: undefined, message: "its action or target was changed since" };
  }
  const executor = scope.executor(action.spec.execution.executor ?? "kubernetes");
  if (executor === undefined) return { done: undefined, message: "its executor is not here" };
  return observe(scope, {
    request,
    action,
    target,
    executor,
    before: { ...execution?.before },
    ticketId: claim?.ticketId ?? "",
  });
}

interface Look {
  request: ActionRequest;
  action: Action;
  target: Target;
  executor: Executor;
  before: Record<string, unknown>;
  ticketId: string;
}

async function observe(
  scope: ExecutorScope,
  { request, action, target, executor, before, ticketId }: Look,
): Promise<Observation> {
  const { uid = "", namespace = "", name } = request.metadata;
  const secretName = observerSecretName(uid, request.status?.claim?.attempt ?? 1);
  // One that an earlier, interrupted look left behind.
  await deleteSecret(scope, secretName);
  let credential: Awaited<ReturnType<typeof obtainCredential>> | null = null;
  try {
    if (executor.needsCredential) credential = await obtainCredential(scope, { request, target }, secretName);
  } catch (error) {
    if (error instanceof CredentialError && (error.code === "NO_ACCOUNT" || error.code === "FORBIDDEN"))
      return { done: undefined, message: error.message };
    throw error;
  }
  try {
    const timeout = AbortSignal.timeout(parseDuration(action.spec.execution.timeout ?? "5m"));
    const refuse = () => {
      throw new Error("a look does not act");
    };
    return await executor.observe(
      {
        ...{
          action,
          target,
          params: { ...request.status?.decision?.params },
          clock: scope.clock,
          client: credential?.client ?? null,
        },
        request: { uid, namespace, name },
        headers: auditHeaders(ticketId, uid),
        signal: AbortSignal.any([scope.stopping, timeout]),
        assertMayAct: refuse,
        onBefore: async () => refuse(),
        onStep: refuse,
      },
      before,
    );
  } finally {
    await withdrawCredential(scope, request, credential);
  }
}

interface Conclusion {
  result: Result;
  reason: string;
  message: string;
}

async function conclude(
  scope: ExecutorScope,
  request: ActionRequest,
  conclusion: Conclusion,
  after?: Record<string, unknown>,
): Promise<void> {
  const event = outcomeEvent(scope, request, { ...conclusion, after }, { recovered: true });
  const { origin, index } = await scope.audit.append(event);
  await finish(scope, request, conclusion, { origin, index }, after);
}

async function finish(
  scope: ExecutorScope,
  request: ActionRequest,
  { result, message }: Pick<Conclusion, "result" | "message">,
  outcome: LogPosition,
  after?: Record<string, unknown>,
): Promise<void> {
  const { claim, execution } = request.status ?? {};
  const stage: ExecutionStage = {
    kind: "finished",
    execution: {
      ...execution,
      ...{
        attempt: claim?.attempt,
        startedAt: execution?.startedAt ?? claim?.at,
        finishedAt: new Date(scope.clock()).toISOString(),
      },
      ...{ result, reason: message, recovered: true, ...(after === undefined ? {} : { after }) },
    },
    outcome,
    settled: true,
  };
  await writeStageIfOpen(request, stage, { client: scope.client, clock: scope.clock, timeoutMs: scope.times.callMs });
  scope.metrics?.recovered(result);
}

async function stuck(scope: ExecutorScope, request: ActionRequest, why: string): Promise<void> {
  const message = `It is not known whether this was done: the executor ended before it told, and ${why}. A person has to look, and to resolve it; it is not done again.`;
  const { origin, index } = await scope.audit.append(
    requestEvent(scope, request, "execution.unknown", { message, resolvedBy: "person" }),
  );
  const write = { client: scope.client, clock: scope.clock, timeoutMs: scope.times.callMs };
  await writeStageIfOpen(request, { kind: "unknown", message, stuck: true, record: { origin, index } }, write);
  scope.metrics?.recovered("UNKNOWN");
}

async function deleteSecret({ client, credentialsNamespace, times }: ExecutorScope, name: string): Promise<void> {
  try {
    await client.delete(SECRETS, { name, namespace: credentialsNamespace }, { timeoutMs: times.callMs });
  } catch (error) {
    if (!isKubeError(error, "NOT_FOUND")) throw error;
  }
}

function resultOf(text: string | undefined): Result {
  return EXECUTION_RESULTS.find((result) => result === text) ?? "ERROR";
}

function sentence(text: string): string {
  return `The executor ended before it could tell; ${text}.`;
}
