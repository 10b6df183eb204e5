import type { Action, ActionPlan } from "../../controller/api/types.ts";
import { validatePlan } from "../../controller/policy/validate-plan.ts";
import { fromFieldError } from "./findings.ts";
import type { ActionSource } from "./requests.ts";
import type { Finding } from "./response.ts";
import { withWrittenNumbers } from "./written-numbers.ts";

/** Checks the order of a plan's steps, and each step against its Action. */
export function createPlanCheck(
  actions: ActionSource,
): (plan: ActionPlan, body: string) => Promise<readonly Finding[]> {
  return async (plan, body) => {
    const cached = (name: string) => actions.get(name);
    const errors = validatePlan(plan, { get: cached, names: actions.names });
    if (errors.length === 0) return [];
    // Actions may be newer than the cache: nobody is refused by old ones.
    const wanted = [...new Set(plan.spec.steps.map(({ action }) => action))];
    const live = new Map<string, Action | undefined>(
      await Promise.all(wanted.map(async (name) => [name, await actions.fetch(name)] as const)),
    );
    const found = validatePlan(plan, { get: (name) => live.get(name), names: actions.names });
    return withWrittenNumbers(found.map(fromFieldError), body);
  };
}
