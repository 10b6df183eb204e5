import type { Condition } from "../api/object.ts";

export type { Condition };

/** What is said about a condition; its time follows from what was there before. */
export type ConditionUpdate = Omit<Condition, "lastTransitionTime">;

/** The condition of a type, if there. */
export function getCondition(list: readonly Condition[] | undefined, type: string): Condition | undefined {
  return list?.find((condition) => condition.type === type);
}

/** Whether the condition is there and True. */
export function isTrue(list: readonly Condition[] | undefined, type: string): boolean {
  return getCondition(list, type)?.status === "True";
}

/** A new list with the condition set; the order of the others stays, a new type goes last. `now` is RFC 3339. */
export function setCondition(
  list: readonly Condition[] | undefined,
  update: ConditionUpdate,
  now: string,
): Condition[] {
  const before = getCondition(list, update.type);
  const lastTransitionTime = before?.status === update.status ? before.lastTransitionTime : now;
  const condition: Condition = { ...update, lastTransitionTime };
  if (!before) return [...(list ?? []), condition];
  return (list ?? []).map((entry) => (entry.type === update.type ? condition : entry));
}

/** A new list without the condition. */
export function removeCondition(list: readonly Condition[] | undefined, type: string): Condition[] {
  return (list ?? []).filter((condition) => condition.type !== type);
}

/**
 * What an object's state is in sum:
 * - `ready`: as wished; nothing is left to do.
 * - `reconciling`: on the way. `ready` is then False, or Unknown while nothing can be said yet.
 * - `stalled`: not as wished, and no retry will help.
 */
export interface Summary {
  state: "ready" | "reconciling" | "stalled";
  /** The reason of Ready, and of Reconciling or Stalled unless `progressReason` says another. */
  reason: string;
  message: string;
  ready?: "False" | "Unknown";
  progressReason?: string;
  generation: number;
}

/** The status fields that tools read to know whether an object is done (kstatus). */
export interface SummarisedStatus {
  conditions: Condition[];
  observedGeneration: number;
}

/**
 * Sets Ready, and Reconciling or Stalled, which are present only while True. `observedGeneration` moves on only when the
 * result is settled (ready or stalled), so that no tool takes an object in progress for a finished one.
 */
export function summarise(
  before: { conditions?: readonly Condition[]; observedGeneration?: number } | undefined,
  summary: Summary,
  now: string,
): SummarisedStatus {
  const { state, reason, message, generation } = summary;
  const observed = { message, observedGeneration: generation };
  const ready = state === "ready" ? "True" : state === "stalled" ? "False" : (summary.ready ?? "False");
  let conditions = setCondition(before?.conditions, { type: "Ready", status: ready, reason, ...observed }, now);
  for (const [type, wanted] of [
    ["Reconciling", state === "reconciling"],
    ["Stalled", state === "stalled"],
  ] as const) {
    const progress = { type, status: "True", reason: summary.progressReason ?? reason, ...observed } as const;
    conditions = wanted ? setCondition(conditions, progress, now) : removeCondition(conditions, type);
  }
  const settled = state !== "reconciling";
  // A settled result speaks for the whole object: what still holds of the other conditions holds for this generation.
  if (settled) conditions = conditions.map((entry) => ({ ...entry, observedGeneration: generation }));
  return { conditions, observedGeneration: settled ? generation : (before?.observedGeneration ?? -1) };
}
