import { type Condition, getCondition, isTrue } from "./conditions.ts";

/** An object whose status can be judged. */
export interface ConditionedObject {
  metadata: { name?: string; generation?: number };
  status?: { conditions?: Condition[]; observedGeneration?: number; settled?: boolean };
}

type Check = (conditions: readonly Condition[], observed: number, generation: number) => string[];

const negative = ["Reconciling", "Stalled"];

const shape: Check = (conditions) =>
  conditions.flatMap((entry, index) => [
    ...(conditions.findIndex((other) => other.type === entry.type) === index ? [] : [`${entry.type} is there twice`]),
    ...(["True", "False", "Unknown"].includes(entry.status) ? [] : [`${entry.type} has status ${entry.status}`]),
    ...(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/.test(entry.reason) ? [] : [`${entry.type} has no proper reason`]),
    ...(Number.isNaN(Date.parse(entry.lastTransitionTime)) ? [`${entry.type} has no lastTransitionTime`] : []),
  ]);

const readyIsThere: Check = (conditions) => (getCondition(conditions, "Ready") ? [] : ["Ready is missing"]);

const readyForbidsNegative: Check = (conditions) =>
  isTrue(conditions, "Ready")
    ? negative.filter((type) => isTrue(conditions, type)).map((type) => `Ready and ${type} are both True`)
    : [];

const negativeOnlyWhenTrue: Check = (conditions) =>
  negative
    .filter((type) => getCondition(conditions, type) && !isTrue(conditions, type))
    .map((type) => `${type} is there but not True`);

const notBoth: Check = (conditions) =>
  negative.every((type) => isTrue(conditions, type)) ? ["Reconciling and Stalled are both True"] : [];

const stalledIsNotReady: Check = (conditions) =>
  isTrue(conditions, "Stalled") && getCondition(conditions, "Ready")?.status !== "False"
    ? ["Stalled, but Ready is not False"]
    : [];

const unknownIsReconciling: Check = (conditions) =>
  getCondition(conditions, "Ready")?.status === "Unknown" && !isTrue(conditions, "Reconciling")
    ? ["Ready is Unknown without Reconciling"]
    : [];

const notReadySaysWhy: Check = (conditions) =>
  getCondition(conditions, "Ready")?.status === "False" && !negative.some((type) => isTrue(conditions, type))
    ? ["Ready is False with neither Reconciling nor Stalled"]
    : [];

const generations: Check = (conditions, observed, generation) => [
  ...(observed > generation ? [`observedGeneration ${observed} is ahead of generation ${generation}`] : []),
  ...conditions
    .filter((entry) => (entry.observedGeneration ?? 0) > generation)
    .map((entry) => `${entry.type} is ahead of generation ${generation}`),
];

const settledIsObserved: Check = (conditions, observed) => {
  const settled = isTrue(conditions, "Ready")
    ? conditions
    : conditions.filter((entry) => isTrue(conditions, "Stalled") && entry.type === "Stalled");
  return settled
    .filter((entry) => entry.observedGeneration !== observed)
    .map((entry) => `${entry.type} observed ${entry.observedGeneration}, the object ${observed}`);
};

const decisions: Check = (conditions) => [
  ...(isTrue(conditions, "Approved") && isTrue(conditions, "Denied") ? ["Approved and Denied are both True"] : []),
  ...(isTrue(conditions, "Denied") && isTrue(conditions, "Ready") ? ["Denied, but Ready"] : []),
];

const finished: Check = (conditions) =>
  isTrue(conditions, "Finished") && isTrue(conditions, "Reconciling") ? ["Finished, but Reconciling"] : [];

const checks: Check[] = [
  shape,
  readyIsThere,
  readyForbidsNegative,
  negativeOnlyWhenTrue,
  notBoth,
  stalledIsNotReady,
  unknownIsReconciling,
  notReadySaysWhy,
  generations,
  settledIsObserved,
  decisions,
  finished,
];

/** What is wrong with the object's status; nothing for one that no controller has written yet. */
export function statusViolations(object: ConditionedObject): string[] {
  const conditions = object.status?.conditions ?? [];
  const observed = object.status?.observedGeneration ?? -1;
  if (conditions.length === 0 && observed === -1) return [];
  const found = checks.flatMap((check) => check(conditions, observed, object.metadata.generation ?? 0));
  if (
    object.status?.settled &&
    conditions.some((entry) => entry.type === "Finished") &&
    !isTrue(conditions, "Finished")
  ) {
    found.push("settled, but not Finished");
  }
  return found;
}

/** A status that breaks the contract with the tools that read it. */
export class StatusInvariantError extends Error {
  override readonly name = "StatusInvariantError";
  readonly code = "STATUS_INVARIANT";
  readonly violations: string[];

  constructor(object: string, violations: string[]) {
    super(`the status of ${object} is inconsistent: ${violations.join("; ")}`);
    this.violations = violations;
  }
}

/** For tests, after every settle. @throws StatusInvariantError naming every broken rule */
export function assertStatusInvariants(object: ConditionedObject): void {
  const violations = statusViolations(object);
  if (violations.length > 0) throw new StatusInvariantError(object.metadata.name ?? "an object", violations);
}
