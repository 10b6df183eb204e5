import { ACTION_REQUESTS } from "../api/constants.ts";
import { parseDuration } from "../api/duration.ts";
import type { ActionRequest, RequestClaim } from "../api/types.ts";
import { CredentialError } from "../credentials/errors.ts";
import type { Credential } from "../credentials/issue.ts";
import type { State } from "../execution/diff.ts";
import { ExecutionError } from "../execution/errors.ts";
import type { ExecutionInput } from "../execution/executor.ts";
import { failpoint } from "../runtime/failpoint.ts";
import { isKubeError } from "../runtime/index.ts";
import { obtainCredential, withdrawCredential } from "./executor-credential.ts";
import { requestEvent } from "./executor-events.ts";
import type { ExecutorScope } from "./executor-options.ts";
import type { Redeemable } from "./executor-redeem.ts";
import { type Claimed, createTeller, identityOf, type Reported, type RunEnd, tellUntilHeard } from "./executor-tell.ts";
import { writeStage } from "./executor-write.ts";

const DEFAULT_TIMEOUT = "5m";

/**
 * Takes a ticket and does what it says: claim, intent, credential, effect, outcome, in this order; each is durable before
 * the next begins. Throws when a step can't be done now; what was begun is then found again by its claim and recovered.
 */
export async function runClaimed(scope: ExecutorScope, redeemable: Redeemable): Promise<RunEnd> {
  const claimedAt = scope.monotonic();
  const startedAt = new Date(scope.clock()).toISOString();
  failpoint("before-claim");
  const request = await claim(scope, redeemable, startedAt);
  if (request === undefined) return "not-claimed";
  failpoint("after-claim");

  const { origin, index } = await scope.audit.append(intentEvent(scope, request, redeemable));
  failpoint("after-intent");
  const run: Claimed = { ...redeemable, request, claimedAt, startedAt, intent: { origin, index } };
  const report = await execute(scope, run);
  if (report === "superseded") return "superseded";
  scope.metrics?.executed(report.result);
  return tellUntilHeard(scope, identityOf(request).uid, createTeller(scope, run, report));
}

/** Takes the ticket; `undefined` when it can't be taken any more. */
export async function claim(
  scope: ExecutorScope,
  { request, ticket }: Pick<Redeemable, "request" | "ticket">,
  at: string,
): Promise<ActionRequest | undefined> {
  const { client, clock, holder, times, logger } = scope;
  const claim: RequestClaim = { attempt: ticket.attempt, ticketId: ticket.id, holder, at };
  try {
    return await writeStage(request, { kind: "claimed", claim }, { client, clock, timeoutMs: times.callMs });
  } catch (error) {
    // Somebody else claimed it, or the controller took the ticket back: both are as good as if we had never asked.
    if (!isKubeError(error, "CONFLICT", "NOT_FOUND", "INVALID", "FORBIDDEN")) throw error;
    logger.info({ request: request.metadata.name, err: error }, "the ticket could not be claimed");
    return undefined;
  }
}

async function execute(scope: ExecutorScope, run: Claimed): Promise<Reported | "superseded"> {
  const { action, executor, request } = run;
  let credential: Credential | null = null;
  try {
    // Nothing is minted while the rules that hold the executor may not hold.
    assertMayAct(scope, run);
    if (executor.needsCredential) credential = await obtainCredential(scope, run);
  } catch (error) {
    if (!(error instanceof CredentialError || error instanceof ExecutionError)) throw error;
    scope.logger.warn({ request: request.metadata.name, code: error.code, err: error }, "no credential");
    if (error.code === "FENCED") return "superseded";
    // A creation whose answer was lost may have left the credential's Secret: it is looked for before the request is settled.
    const revoked = error instanceof ExecutionError;
    return { result: "ERROR", reason: error.code, message: error.message, prechecks: [], revoked };
  }
  failpoint("after-credential");
  const withdraw = revokeOnce(scope, request, credential);
  const early = setTimeout(withdraw, parseDuration(action.spec.credentials?.revokeAfter ?? DEFAULT_TIMEOUT));
  try {
    const report = await executor.execute(inputOf(scope, run, credential));
    return { ...report, revoked: await withdraw() };
  } finally {
    clearTimeout(early);
    await withdraw();
    failpoint("after-revoke");
  }
}

/** Revokes at the first call; later ones wait for the same answer. */
function revokeOnce(
  scope: ExecutorScope,
  request: ActionRequest,
  credential: Credential | null,
): () => Promise<boolean> {
  let revoking: Promise<boolean> | undefined;
  return () => {
    revoking ??= withdrawCredential(scope, request, credential);
    return revoking;
  };
}

function assertMayAct(scope: ExecutorScope, { claimedAt }: Claimed): void {
  if (scope.stopping.aborted) throw new ExecutionError("ABORTED", "the executor was stopped before it acted");
  const late = Math.round(scope.monotonic() - claimedAt);
  if (late > scope.times.actWindowMs)
    throw new ExecutionError("LATE", `the executor was too slow (${late} ms) and did not act`);
  if (!scope.guard.ready()) throw new ExecutionError("LATE", "the guard is not ready, so nothing was done");
}

function inputOf(scope: ExecutorScope, run: Claimed, credential: Credential | null): ExecutionInput {
  const { action, target, params, ticket, request } = run;
  const identity = identityOf(request);
  const timeout = AbortSignal.timeout(parseDuration(action.spec.execution.timeout ?? DEFAULT_TIMEOUT));
  return {
    ...{ action, target, params, clock: scope.clock, client: credential?.client ?? null },
    request: identity,
    headers: auditHeaders(ticket.id, identity.uid),
    signal: AbortSignal.any([scope.stopping, timeout]),
    assertMayAct: () => assertMayAct(scope, run),
    onBefore: (before) => keepBefore(scope, run, before),
    onStep: failpoint,
  };
}

/** Keeps the state before for the one who has to find out, after a crash, whether it was done; only where that asks for it. */
async function keepBefore(scope: ExecutorScope, run: Claimed, before: State): Promise<void> {
  const { action, ticket, executor, startedAt, request } = run;
  if (!action.spec.execution.observe?.includes("before_state")) return;
  const { name, namespace, uid, resourceVersion = "" } = request.metadata;
  const status = { execution: { attempt: ticket.attempt, executor: executor.name, startedAt, before } };
  const body = { metadata: { resourceVersion, uid }, status };
  const options = { timeoutMs: scope.times.callMs };
  try {
    run.request = await scope.client.patchStatus<ActionRequest>(ACTION_REQUESTS, { name, namespace }, body, options);
  } catch (cause) {
    throw new ExecutionError("ABORTED", "the state before could not be kept, so nothing was done", { cause });
  }
}

/** The ticket's id is a UUID: the API server keeps it as the id of its own audit event. */
export function auditHeaders(ticketId: string, requestUid: string): Record<string, string> {
  return { "audit-id": ticketId, "user-agent": `agent-safe-executor (request/${requestUid})` };
}

function intentEvent(
  scope: ExecutorScope,
  request: ActionRequest,
  { ticket, action, params, executor, agent }: Redeemable,
) {
  return requestEvent(scope, request, "execution.intent", {
    ticket: ticket.id,
    executor: executor.name,
    agent,
    action: action.metadata.name,
    params: Object.keys(params).toSorted(),
    decision: request.status?.audit?.decision,
  });
}
