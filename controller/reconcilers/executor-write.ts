import { ACTION_REQUESTS, CONDITIONS } from "../api/constants.ts";
import type { ActionRequest } from "../api/types.ts";
import { getCondition, isKubeError, isTrue, type KubeClient } from "../runtime/index.ts";
import { type ExecutionStage, executionStatus } from "./executor-status.ts";
import { type Json, mergePatch } from "./merge-patch.ts";

/** Tries against the controller, which may mark the same status at the same time. */
const TRIES = 6;

export interface WriteOptions {
  client: KubeClient;
  /** Epoch ms. */
  clock: () => number;
  timeoutMs: number;
}

/** One status write, refused with CONFLICT when the request has changed since it was read. Throws KubeError. */
export async function writeStage(
  request: ActionRequest,
  stage: ExecutionStage,
  options: WriteOptions,
): Promise<ActionRequest> {
  const { name, namespace, uid, resourceVersion = "" } = request.metadata;
  const status = executionStatus(request, stage, new Date(options.clock()).toISOString());
  const patch = mergePatch(asJson(request.status), asJson(status));
  if (patch === undefined) return request;
  const body = { metadata: { resourceVersion, uid }, status: patch };
  return options.client.patchStatus<ActionRequest>(ACTION_REQUESTS, { name, namespace }, body, {
    timeoutMs: options.timeoutMs,
  });
}

/**
 * Writes a stage on top of whatever the controller wrote meanwhile, as long as the claim is still `holder`'s and its end
 * is still open. `undefined` when it is not: then somebody else has found out the end, and nothing is written.
 */
export async function writeStageIfOpen(
  request: ActionRequest,
  stage: ExecutionStage,
  options: WriteOptions,
): Promise<ActionRequest | undefined> {
  let current = request;
  for (let attempt = 1; ; attempt += 1) {
    if (!isOpen(current)) return undefined;
    try {
      return await writeStage(current, stage, options);
    } catch (error) {
      if (!isKubeError(error, "CONFLICT") || attempt === TRIES) throw error;
    }
    const next = await readAgain(current, options);
    if (next === undefined || !sameClaim(request, next) || isRecovering(next, request)) return undefined;
    current = next;
  }
}

/** The same request as it is now; `undefined` when it is gone or another one. */
export async function readAgain(
  request: ActionRequest,
  { client, timeoutMs }: WriteOptions,
): Promise<ActionRequest | undefined> {
  const { name, namespace, uid } = request.metadata;
  try {
    const current = await client.get<ActionRequest>(ACTION_REQUESTS, { name, namespace }, { timeoutMs });
    return current.metadata.uid === uid ? current : undefined;
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

/** Whether the end of a claimed request is not told yet. */
export function isOpen(request: ActionRequest): boolean {
  return request.status?.claim !== undefined && !isTrue(request.status.conditions, CONDITIONS.Finished);
}

/**
 * Whether somebody began to find out the end since `seen` was read, or gave it to a person: then the executor that claimed it
 * has lost it, and so has one that was itself frozen while it was finding out.
 */
export function isRecovering(current: ActionRequest, seen: ActionRequest): boolean {
  const reasons = ({ status }: ActionRequest) =>
    [CONDITIONS.Executed, CONDITIONS.Stalled].map((type) => getCondition(status?.conditions, type)?.reason).join();
  return reasons(current) !== reasons(seen);
}

function sameClaim(a: ActionRequest, b: ActionRequest): boolean {
  const [left, right] = [a.status?.claim, b.status?.claim];
  return left !== undefined && right !== undefined && left.ticketId === right.ticketId && left.holder === right.holder;
}

/** A status is JSON: it came from the API server, or is made of such parts. */
function asJson(value: unknown): Json | undefined {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as Json);
}
