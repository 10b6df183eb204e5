import { createHash } from "node:crypto";
import type { ActionPlan } from "../api/types.ts";

/** A step as it is asked for. */
export type PlanStep = ActionPlan["spec"]["steps"][number];

/** Longest name that an object may have. */
const maxName = 253;

/** The steps that must have succeeded before a step begins. A step that says nothing follows the one before it; `[]` is free at once. */
export function dependenciesOf(steps: readonly PlanStep[], index: number): readonly string[] {
  const before = steps[index - 1];
  return steps[index]?.dependsOn ?? (before === undefined ? [] : [before.name]);
}

/**
 * The steps in an order in which each comes after what it depends on; those that are free of each other keep the order in
 * which they are written. A step whose dependencies are unknown or go in a circle is left out.
 */
export function inOrder(steps: readonly PlanStep[]): PlanStep[] {
  const done = new Set<string>();
  const ordered: PlanStep[] = [];
  for (let found = true; found; ) {
    found = false;
    for (const [index, step] of steps.entries()) {
      if (done.has(step.name) || !dependenciesOf(steps, index).every((name) => done.has(name))) continue;
      done.add(step.name);
      ordered.push(step);
      found = true;
      // The first that is free comes next, as it is written.
      break;
    }
  }
  return ordered;
}

/** What is wrong with the steps as a whole; undefined when they can be run. Admission says the same with more detail. */
export function stepsProblem(steps: readonly PlanStep[]): string | undefined {
  const names = new Set(steps.map(({ name }) => name));
  if (names.size < steps.length) return "spec.steps: two steps have the same name.";
  for (const [index, step] of steps.entries()) {
    const unknown = dependenciesOf(steps, index).find((name) => !names.has(name));
    if (unknown !== undefined)
      return `spec.steps[${index}].dependsOn: there is no step ${JSON.stringify(unknown)} for ${JSON.stringify(step.name)} to wait for.`;
  }
  const ordered = new Set(inOrder(steps).map(({ name }) => name));
  const circle = steps.filter(({ name }) => !ordered.has(name)).map(({ name }) => name);
  return circle.length === 0 ? undefined : `spec.steps: ${circle.join(", ")} wait for each other in a circle.`;
}

/**
 * Names under which the request of a step may be: the plain one, and one that only this plan can mean, for when the plain one is
 * taken, say by an earlier plan of the same name. Both are the same at every try, so that a step is never created twice.
 */
export function stepRequestNames(plan: ActionPlan, step: string): [plain: string, own: string] {
  const plain = `${plan.metadata.name}-${step}`;
  const mark = createHash("sha256").update(`${plan.metadata.uid}/${step}`).digest("hex").slice(0, 10);
  const own = `${plain.slice(0, maxName - mark.length - 1)}-${mark}`;
  return [plain.length <= maxName ? plain : own, own];
}

/** What a step costs is charged once under this key, when the plan is judged; its request is judged under the same. */
export function chargeKeyOf(planUid: string, step: string): string {
  return `${planUid}/${step}`;
}
