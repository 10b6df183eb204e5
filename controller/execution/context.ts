import type { Target } from "../api/types.ts";
import type { State } from "./diff.ts";
import type { ExecutionInput } from "./executor.ts";

/** What templates and CEL of an Action may speak of. */
export interface ExpressionContext {
  params: Record<string, unknown>;
  target: Record<string, unknown>;
  request: { uid: string; namespace: string; name: string; time: string };
  before_state: State;
}

/** The values of one execution. `request.time` is when this is called, RFC 3339. */
export function expressionContext(
  input: Pick<ExecutionInput, "request" | "target" | "params" | "clock">,
  before: State = {},
): ExpressionContext {
  const { uid, namespace, name } = input.request;
  const time = new Date(input.clock()).toISOString();
  return {
    params: { ...input.params },
    target: targetFields(input.target),
    request: { uid, namespace, name, time },
    before_state: before,
  };
}

/** A Target flat: its own fields and the coordinates of its resource. */
export function targetFields(target: Target): Record<string, unknown> {
  const { resource, id, ...spec } = target.spec;
  return {
    ...spec,
    ...resource?.aws,
    ...resource?.kubernetes,
    id: id ?? target.metadata.name,
    labels: target.spec.labels ?? {},
  };
}
