import {
  CREDENTIALS_NAMESPACE,
  SENTINEL_TARGET_TYPE,
  SERVICE_ACCOUNT_NAMES,
  SYSTEM_NAMESPACE,
} from "../api/constants.ts";
import type { Action, CredentialRule, KubernetesResource, Target } from "../api/types.ts";
import { accountName } from "./names.ts";
import { RbacError } from "./rbac-error.ts";
import { bindingOf, type Grant, type Manifest, metadataOf, roleOf, serviceAccountOf } from "./rbac-manifests.ts";

/** Namespaces whose objects are this product's own power; no action may reach into them. */
const OWN_NAMESPACES = [SYSTEM_NAMESPACE, CREDENTIALS_NAMESPACE];
/** Verbs with which an account could give itself more than it has. */
const ESCALATING_VERBS = ["escalate", "bind", "impersonate"];
/** Verbs that RBAC can't hold to names. */
const NAMELESS_VERBS = ["create", "list", "watch", "deletecollection"];

/** Name of the Role that lets the executor mint tokens, and of its binding. */
export const TOKENS_ROLE_NAME = "agent-safe-executor-tokens";

export interface GenerateRbacInput {
  actions: readonly Action[];
  targets: readonly Target[];
}

/**
 * The accounts of all pairs of an Action and a place in which it has Targets, with exactly the rights that the Action
 * declares there, and the executor's right to mint for these accounts and no others. Deterministic. What can't be held
 * to the registered names is listed in the annotation `agentsafe.dev/exceptions`.
 * Throws RbacError for rules that would reach this product itself or let an account escalate.
 */
export function generateRbac({ actions, targets }: GenerateRbacInput): Manifest[] {
  const accounts = new Map<string, Account>();
  for (const action of byName(actions)) {
    const rules = action.spec.credentials?.rules;
    if (rules === undefined || action.spec.execution.executor === "dry-run") continue;
    assertNoEscalation(action, rules);
    for (const target of byName(targets)) {
      const object = target.spec.resource?.kubernetes;
      if (
        object === undefined ||
        target.spec.type === SENTINEL_TARGET_TYPE ||
        !action.spec.targetTypes.includes(target.spec.type)
      )
        continue;
      assertForeign(target, object);
      const account = accountFor(accounts, action.metadata.name, object.namespace);
      for (const rule of rules) grant(account, rule, object);
    }
  }
  const sorted = [...accounts.values()].toSorted((a, b) => compare(a.name, b.name));
  return [...sorted.flatMap(manifestsOf), ...tokenManifests(sorted)];
}

interface Account {
  name: string;
  action: string;
  namespace: string | undefined;
  /** By namespace; "" is the whole cluster. */
  places: Map<string, Grant[]>;
}

function accountFor(accounts: Map<string, Account>, action: string, namespace: string | undefined): Account {
  const name = accountName(action, namespace);
  const known = accounts.get(name);
  if (known !== undefined) return known;
  const account: Account = { name, action, namespace, places: new Map() };
  accounts.set(name, account);
  return account;
}

function grant(account: Account, rule: CredentialRule, object: KubernetesResource): void {
  const { apiGroups, resources, verbs, scope } = rule;
  if (scope === "target") {
    const named = resources.filter((resource) => isResourceOf(resource, object.kind));
    if (!apiGroups.includes(groupOf(object.apiVersion)) || named.length === 0) return;
    const bound = verbs.filter((verb) => !NAMELESS_VERBS.includes(verb));
    if (bound.length > 0)
      add(account, object.namespace ?? "", {
        apiGroups: [groupOf(object.apiVersion)],
        resources: named,
        verbs: bound,
        names: [object.name],
      });
    return;
  }
  const place =
    scope === "cluster" ? "" : (object.namespace ?? (object.kind === "Namespace" ? object.name : undefined));
  if (place === undefined)
    throw new RbacError(
      "NO_NAMESPACE",
      `${account.action}: a rule has the scope namespace, but ${object.kind} ${object.name} is in none`,
    );
  add(account, place, { apiGroups, resources, verbs });
}

/** Grants that differ only in their names become one. */
function add(account: Account, place: string, { names, ...rule }: Grant): void {
  const grants = account.places.get(place) ?? [];
  account.places.set(place, grants);
  const key = (grant: Omit<Grant, "names">, named: boolean) =>
    JSON.stringify([grant.apiGroups, grant.resources, grant.verbs, named]);
  const same = grants.find((grant) => key(grant, grant.names !== undefined) === key(rule, names !== undefined));
  if (same === undefined) grants.push({ ...rule, ...(names ? { names: [...names] } : {}) });
  else if (same.names !== undefined) same.names = [...new Set([...same.names, ...(names ?? [])])].toSorted(compare);
}

function manifestsOf(account: Account): Manifest[] {
  const subject = { kind: "ServiceAccount", name: account.name, namespace: CREDENTIALS_NAMESPACE };
  const places = [...account.places].toSorted(([a], [b]) => compare(a, b));
  return [
    serviceAccountOf(account.name, account.action),
    ...places.flatMap(([place, grants]) => {
      const at = { name: account.name, action: account.action, namespace: place === "" ? undefined : place };
      return [roleOf(at, grants), bindingOf(at, subject)];
    }),
  ];
}

function tokenManifests(accounts: readonly Account[]): Manifest[] {
  if (accounts.length === 0) return [];
  const at = { name: TOKENS_ROLE_NAME, namespace: CREDENTIALS_NAMESPACE };
  const subject = { kind: "ServiceAccount", name: SERVICE_ACCOUNT_NAMES.executor, namespace: SYSTEM_NAMESPACE };
  const role: Manifest = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: metadataOf(at),
    rules: [
      {
        apiGroups: [""],
        resources: ["serviceaccounts/token"],
        resourceNames: accounts.map(({ name }) => name),
        verbs: ["create"],
      },
    ],
  };
  return [role, bindingOf(at, subject)];
}

function assertNoEscalation(action: Action, rules: readonly CredentialRule[]): void {
  const verb = rules.flatMap(({ verbs }) => verbs).find((candidate) => ESCALATING_VERBS.includes(candidate));
  if (verb !== undefined)
    throw new RbacError(
      "ESCALATION",
      `${action.metadata.name}: the verb ${verb} lets an account give itself more rights`,
    );
  const token = rules.flatMap(({ resources }) => resources).find((resource) => resource === "serviceaccounts/token");
  if (token !== undefined)
    throw new RbacError("ESCALATION", `${action.metadata.name}: ${token} is a way to any account's rights`);
}

function assertForeign(target: Target, { kind, name, namespace }: KubernetesResource): void {
  const place = kind === "Namespace" ? name : namespace;
  if (place !== undefined && OWN_NAMESPACES.includes(place)) {
    throw new RbacError(
      "OWN_NAMESPACE",
      `Target ${target.metadata.name}: ${place} holds this product's own power and can't be a target`,
    );
  }
}

/** Whether a resource (or its subresource) is that of a kind, by the API's naming rules. */
function isResourceOf(resource: string, kind: string): boolean {
  const singular = kind.toLowerCase();
  const [plural] = resource.split("/");
  const ending = /(?:s|x|ch|sh)$/.test(singular)
    ? `${singular}es`
    : singular.replace(/([^aeiou])y$/, "$1ie").concat("s");
  return plural === ending || plural === singular;
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

function byName<T extends { metadata: { name: string } }>(objects: readonly T[]): T[] {
  return objects.toSorted((a, b) => compare(a.metadata.name, b.metadata.name));
}

/** By code units: the same everywhere, whatever the locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
