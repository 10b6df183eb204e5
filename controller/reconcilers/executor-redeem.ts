import { ACTION_REQUESTS, CANCEL_ANNOTATION, CONDITIONS, clusterOfIssuer, DEFAULT_AUDIENCE } from "../api/constants.ts";
import { objectDigest, paramsDigest } from "../api/digest.ts";
import type { Action, ActionRequest, RequestTicket, Target } from "../api/types.ts";
import { approvalDigest } from "../approval/envelope.ts";
import { envelopeOf } from "../approval/envelope-of.ts";
import type { Executor } from "../execution/executor.ts";
import { isKubeError, isTrue, type KubeClient, type Ref } from "../runtime/index.ts";
import { TicketError } from "../tickets/errors.ts";
import { type ChainRefusal, holdChain, readChain } from "./executor-chain.ts";
import type { ExecutorScope } from "./executor-options.ts";
import type { LiveReads } from "./live-reads.ts";

/** A ticket that was found good against what is there right now. */
export interface Redeemable {
  request: ActionRequest;
  ticket: RequestTicket;
  action: Action;
  target: Target;
  /** Id that the agent acts by. */
  agent: string;
  params: Record<string, unknown>;
  executor: Executor;
}

export type RefusalCode =
  | TicketError["code"]
  | ChainRefusal["code"]
  | "ACTION_GONE"
  | "TARGET_UNRESOLVED"
  | "INTENT_EXISTS"
  | "NO_EXECUTOR";

/** A ticket that this executor does not take; nothing was done. */
export class RefusalError extends Error {
  override readonly name = "RefusalError";
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether a request has a ticket for one of these executors that can be looked at: not claimed, not over, not cancelled. */
export function hasOpenTicket(request: ActionRequest, audiences: readonly string[], now: number): boolean {
  const { status, metadata } = request;
  const ticket = status?.ticket;
  return (
    ticket !== undefined &&
    ticket.revokedAt === undefined &&
    status?.claim === undefined &&
    status?.settled !== true &&
    metadata.deletionTimestamp === undefined &&
    metadata.annotations?.[CANCEL_ANNOTATION] !== "true" &&
    !isTrue(status?.conditions, CONDITIONS.Finished) &&
    !isTrue(status?.conditions, CONDITIONS.Denied) &&
    audiences.includes(ticket.audience ?? DEFAULT_AUDIENCE) &&
    now < Date.parse(ticket.expiresAt ?? "")
  );
}

/**
 * Reads everything that a ticket speaks of, live, and holds the ticket against it. `undefined` when there is no ticket
 * to take any more. Throws RefusalError when the ticket is not good, KubeError and AuditError when that can't be known.
 */
export async function redeem(scope: ExecutorScope, cached: ActionRequest): Promise<Redeemable | undefined> {
  const { client, reads, audit, keys, issuer, clock, audiences, times } = scope;
  const { uid = "", name: requestName, namespace } = cached.metadata;
  const { action: actionName, target: targetId } = cached.spec;
  // The cache may say what to read, never what it holds: so that all is read at one time instead of one after the other.
  const reading = Promise.all([
    readChain(reads, cached),
    readAction(reads, actionName),
    readTarget(reads, cached),
    audit.hasIntent(uid),
  ]);
  reading.catch(() => undefined); // it is awaited below, unless there is nothing to redeem
  const call = { timeoutMs: times.callMs };
  const request = await getOrUndefined<ActionRequest>(client, { name: requestName, namespace }, call);
  if (request === undefined || request.metadata.uid !== uid || !hasOpenTicket(request, audiences, clock()))
    return undefined;
  const { ticket, agent: asked, decision } = request.status ?? {};
  // Judged for another agent since: the watch will bring it.
  if (ticket === undefined || asked?.digest !== cached.status?.agent?.digest) return undefined;
  const [read, action, target, known] = await reading;
  // After an older state of etcd was restored, the request knows nothing of it, but the log does.
  if (known) throw new RefusalError("INTENT_EXISTS", "the log has an execution of this request already");
  const chain = orRefuse(read);
  const agent = orRefuse(holdChain(request, chain, clock()));

  const params = { ...decision?.params };
  await verify(keys, ticket.token, {
    issuer,
    audience: action.spec.execution.audience ?? DEFAULT_AUDIENCE,
    requestUid: uid,
    ticketId: ticket.id,
    attempt: ticket.attempt,
    request: { namespace: request.metadata.namespace ?? "", name: request.metadata.name },
    action: { name: actionName, digest: objectDigest(action) },
    target: { id: targetId, digest: objectDigest(target) },
    params: paramsDigest(params),
    approval: approvedDigest(request, target, issuer),
    changeTicket: request.spec.ticketId,
    agent,
  });
  const name = action.spec.execution.executor ?? "kubernetes";
  const executor = scope.executor(name);
  if (executor === undefined)
    throw new RefusalError("NO_EXECUTOR", `there is no executor ${JSON.stringify(name)} here`);
  return { request, ticket, action, target, agent: agent.id, params, executor };
}

/** Digest of what people approved, made anew from what is there now; undefined when policy asked nobody. */
function approvedDigest(request: ActionRequest, target: Target, issuer: string): string | undefined {
  if (request.status?.decision?.result !== "require_approval") return undefined;
  const { deadline = "", nonce = "" } = request.status.approval ?? {};
  const terms = { cluster: clusterOfIssuer(issuer), expiresAt: deadline, nonce };
  const envelope = envelopeOf(request, target.spec.resource, terms);
  return envelope === undefined ? "" : approvalDigest(envelope);
}

type Call = { timeoutMs: number };

async function getOrUndefined<T>(client: KubeClient, ref: Ref, call: Call): Promise<T | undefined> {
  try {
    return await client.get<T>(ACTION_REQUESTS, ref, call);
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

function orRefuse<T extends object>(found: T | ChainRefusal): T {
  if ("code" in found) throw new RefusalError(found.code, found.message);
  return found;
}

async function readAction(reads: LiveReads, name: string): Promise<Action> {
  const action = await reads.action(name);
  if (action === undefined) throw new RefusalError("ACTION_GONE", `there is no Action ${name}`);
  return action;
}

/**
 * The Target that was judged, by its name. That no other has its id is the decider's to know: a second one makes it take the
 * ticket back. (A list by id would have to wait for the API server's own cache of a quiet kind: some 40 ms a ticket.)
 */
export async function readTarget(reads: LiveReads, { spec, status }: ActionRequest): Promise<Target> {
  const name = status?.decision?.target?.name;
  if (name === undefined) throw new RefusalError("TARGET_UNRESOLVED", "the status names no Target");
  const target = await reads.target(name);
  if (target === undefined || (target.spec.id ?? target.metadata.name) !== spec.target)
    throw new RefusalError("TARGET_UNRESOLVED", `Target ${name} is not ${spec.target} any more`);
  return target;
}

async function verify(
  keys: ExecutorScope["keys"],
  token: string,
  expected: Parameters<typeof keys.verify>[1],
): Promise<void> {
  try {
    await keys.verify(token, expected);
  } catch (cause) {
    if (cause instanceof TicketError) throw new RefusalError(cause.code, cause.message, { cause });
    throw cause;
  }
}
