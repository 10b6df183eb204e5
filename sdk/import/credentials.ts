import type { Action } from "../../controller/api/types.ts";
import type { Leftovers } from "./leftovers.ts";
import { slug } from "./names.ts";
import { inside, type Place, warn } from "./problem.ts";
import type { PythonAction } from "./shapes.ts";

type Credentials = NonNullable<Action["spec"]["credentials"]>;

function texts(value: unknown): string[] | undefined {
  const list = Array.isArray(value) && value.length > 0 ? value : undefined;
  return list?.every((item): item is string => typeof item === "string") ? [...new Set(list)] : undefined;
}

function kubernetesRules(fields: Map<string, unknown>, place: Place): Credentials["rules"] | undefined {
  const verbs = texts(fields.get("verbs"));
  const resources = texts(fields.get("resources"));
  const apiGroups = texts(fields.get("api_groups")) ?? [""];
  if (!verbs || !resources || [...verbs, ...resources, ...apiGroups].some((item) => item.includes("*")))
    return undefined;
  if (verbs.length > 8 || resources.length > 8 || apiGroups.length > 4) return undefined;
  const unnamed = verbs.some((verb) => ["list", "watch", "create", "deletecollection"].includes(verb));
  const scope = fields.has("namespaces") ? "namespace" : unnamed ? "cluster" : "target";
  if (scope === "cluster") warn(place, "the credential names no namespace and reaches the whole cluster");
  return [{ apiGroups, resources, verbs, scope }];
}

/** The credential that an action gets. What it asks for in a form that ours has not is kept beside the object. */
export function toCredentials(action: PythonAction, place: Place, left: Leftovers): Credentials | undefined {
  const given = action.credentials;
  if (!given) return undefined;
  const here = inside(place, "credentials");
  const made: Credentials = { provider: slug(given.type, "imported"), revokeAfter: `${Math.min(given.ttl, 86_400)}s` };
  const used = new Set<string>();
  if (given.type === "kubernetes") {
    const rules = kubernetesRules(given.fields, here);
    if (rules) made.rules = rules;
    if (rules) for (const key of ["verbs", "resources", "api_groups", "namespaces"]) used.add(key);
  } else if (given.type === "aws") {
    const actions = texts(given.fields.get("actions"));
    const resources = texts(given.fields.get("resources"));
    if (actions && actions.length <= 32 && actions.every((name) => /^[a-z0-9-]+:[A-Za-z0-9]+$/.test(name))) {
      made.actions = actions;
      used.add("actions");
      if (resources && resources.length <= 16) {
        made.resources = resources;
        used.add("resources");
      } else warn(here, "the credential names no resources and reaches every one of the account");
    }
  }
  const rest = [...given.fields].filter(([key]) => !used.has(key));
  if (rest.length > 0) {
    warn(
      here,
      `${rest.map(([key]) => key).join(", ")} of the credential has no place here and is kept as an annotation`,
    );
    left.keep("credentials", Object.fromEntries(rest));
  }
  if (given.fields.size === 0) warn(here, "the credential names no rights at all, so its scope is empty");
  return made;
}
