import type { Action, RequestRollback } from "../api/types.ts";
import { renderTemplate } from "../policy/template.ts";
import type { ExpressionContext } from "./context.ts";

/** How a successful execution can be undone; `context.before_state` is the state as it is shown. */
export function planRollback({ spec }: Action, context: ExpressionContext): RequestRollback {
  if (spec.reversible !== true || spec.rollback === undefined)
    return { available: false, reason: "the action can't be undone" };
  const { action, params = {} } = spec.rollback;
  const hidden = (spec.redaction?.stateFields ?? []).some((field) =>
    JSON.stringify(params).includes(`before_state.${field}`),
  );
  if (hidden) return { available: false, action, reason: "it needs a state that is not kept, because it is redacted" };
  try {
    const rendered = renderTemplate(params, { ...context });
    if (typeof rendered === "object" && rendered !== null && !Array.isArray(rendered)) {
      return { available: true, action, params: { ...rendered } };
    }
    return { available: false, action, reason: "its parameters are not an object" };
  } catch (error) {
    return {
      available: false,
      action,
      reason: `its parameters can't be filled in: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}
