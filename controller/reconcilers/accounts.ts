import type { Action, Target } from "../api/types.ts";
import { accountNeeded } from "../credentials/needed.ts";
import type { ConditionUpdate } from "../runtime/index.ts";

/** Whether the accounts exist that actions act as; `agent-safe rbac generate` makes them. */
export interface Accounts {
  /** What to say when the account of this pair is missing; undefined when it is there or not needed. */
  missing(action: Action, target: Target): string | undefined;
  /** The condition CredentialsReady of a Target, over all Actions that may be asked of it. */
  condition(target: Target, actions: readonly Action[]): ConditionUpdate;
}

const shownActions = 5;

/** `exists` tells by name whether a ServiceAccount is in the credentials namespace. */
export function createAccounts(exists: (name: string) => boolean): Accounts {
  const lacks = (action: Action, target: Target): boolean => {
    const name = accountNeeded(action, target);
    return name !== undefined && !exists(name);
  };
  return {
    missing(action, target) {
      if (!lacks(action, target)) return undefined;
      return `the account of ${action.metadata.name} for Target ${target.metadata.name} does not exist: apply what "agent-safe rbac generate" gives`;
    },
    condition(target, actions) {
      const without = actions.filter((action) => lacks(action, target)).map(({ metadata }) => metadata.name);
      const type = "CredentialsReady";
      if (without.length === 0)
        return { type, status: "True", reason: "AccountsExist", message: "Every action that fits it has its account." };
      const more = without.length > shownActions ? `, and ${without.length - shownActions} more` : "";
      const message = `No account for ${without.slice(0, shownActions).join(", ")}${more}: apply what "agent-safe rbac generate" gives.`;
      return { type, status: "False", reason: "AccountsMissing", message };
    },
  };
}
