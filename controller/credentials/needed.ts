import { SENTINEL_TARGET_TYPE } from "../api/constants.ts";
import type { Action, Target } from "../api/types.ts";
import { accountName } from "./names.ts";

/**
 * The ServiceAccount that an Action acts as on a Target; undefined when it needs none there: the Action has no
 * credentials or touches nothing, or the Target is of another type or not in Kubernetes.
 */
export function accountNeeded(action: Action, target: Target): string | undefined {
  const { credentials, execution, targetTypes } = action.spec;
  const object = target.spec.resource?.kubernetes;
  if (credentials?.rules === undefined || execution.executor === "dry-run") return undefined;
  if (object === undefined || target.spec.type === SENTINEL_TARGET_TYPE) return undefined;
  return targetTypes.includes(target.spec.type) ? accountName(action.metadata.name, object.namespace) : undefined;
}
