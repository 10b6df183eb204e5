import type { DefinitionReason, Resource } from "../api/constants.ts";
import { objectDigest } from "../api/digest.ts";
import type { Condition, ObjectMeta } from "../api/types.ts";
import {
  type ConditionUpdate,
  type Gate,
  type Informer,
  type KubeClient,
  type KubeObject,
  refOf,
  setCondition,
  summarise,
} from "../runtime/index.ts";
import { equal, type Json, mergePatch } from "./merge-patch.ts";

/** An Action, ActionPolicy, Target or Agent: what people write and the decider reads. */
export interface Definition extends KubeObject {
  metadata: KubeObject["metadata"] & ObjectMeta;
  spec: unknown;
  status?: { observedGeneration?: number; digest?: string; conditions?: Condition[] };
}

/** What is to be said of a definition: whether requests are judged by it, and if not, why not. */
export interface Finding {
  ok: boolean;
  reason: DefinitionReason;
  message: string;
  /** More status fields, such as a rule count. */
  status?: Record<string, Json>;
  /** More conditions than Ready and what goes with it. */
  conditions?: ConditionUpdate[];
}

export interface DefinitionReconcilerOptions<T extends Definition> {
  client: KubeClient;
  resource: Resource;
  informer: Pick<Informer<T>, "get">;
  gate: Pick<Gate, "expect">;
  examine: (object: T) => Finding;
  clock: () => number;
}

/** Says on each definition whether it is in force, with its digest, so that Git tools see a bad one as failed. Writes only changes. */
export function createDefinitionReconciler<T extends Definition>(options: DefinitionReconcilerOptions<T>) {
  return async (key: string): Promise<void> => {
    const object = options.informer.get(key);
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return;
    const status = definitionStatus(
      object,
      options.examine(object),
      new Date(options.clock()).toISOString().replace(/\.\d+/, ""),
    );
    const before = (object.status ?? {}) as Json;
    if (equal(before, status)) return;
    const body = {
      metadata: { resourceVersion: object.metadata.resourceVersion ?? "" },
      status: mergePatch(before, status),
    };
    const written = await options.client.patchStatus<T>(options.resource, refOf(key), body);
    options.gate.expect(key, written.metadata.resourceVersion ?? "");
  };
}

/** The status of a definition after `finding`. Pure; fields that others write (budgets, say) are carried over. */
export function definitionStatus(object: Definition, finding: Finding, now: string): Json {
  const generation = object.metadata.generation ?? 1;
  let conditions = object.status?.conditions;
  for (const condition of finding.conditions ?? []) {
    conditions = setCondition(conditions, { ...condition, observedGeneration: generation }, now);
  }
  const summary = summarise(
    { ...object.status, conditions },
    {
      state: finding.ok ? "ready" : "stalled",
      reason: finding.reason,
      message: finding.message.slice(0, 1024),
      generation,
    },
    now,
  );
  return { ...object.status, ...finding.status, ...summary, digest: objectDigest(object) } as unknown as Json;
}
