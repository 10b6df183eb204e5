import { readdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { parseAllDocuments } from "yaml";
import { packageRoot } from "../../controller/guard/expected.ts";
import { manifest } from "./support.ts";

interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}
interface Role {
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  rules: Rule[];
  aggregationRule?: object;
  data?: object;
  stringData?: object;
}

const objects: Role[] = readdirSync(join(packageRoot, "config", "rbac"))
  .filter((file) => file.endsWith(".yaml") && file !== "kustomization.yaml")
  .flatMap((file) => parseAllDocuments(manifest(`config/rbac/${file}`)).map((document) => document.toJS()));
const roles = objects.filter(({ kind }) => kind === "Role" || kind === "ClusterRole");
const rules = roles.flatMap((role) => role.rules.map((rule) => ({ role, rule })));
const describe = ({ role, rule }: { role: Role; rule: Rule }) =>
  `${role.kind} ${role.metadata.name}: ${JSON.stringify(rule)}`;

test("no role holds a wildcard, or a verb that hands out rights", (t) => {
  t.true(rules.length > 20);
  for (const one of rules) {
    const { apiGroups, resources, verbs } = one.rule;
    t.false([...apiGroups, ...resources, ...verbs].includes("*"), describe(one));
    t.false(
      verbs.some((verb) => ["escalate", "bind", "impersonate", "deletecollection", "decide"].includes(verb)),
      describe(one),
    );
    // Reading that an account exists mints nothing; its tokens are another resource.
    t.false(
      resources.some((name) => name.startsWith("serviceaccounts")) &&
        (resources.some((name) => name.includes("/")) ||
          verbs.some((verb) => !["get", "list", "watch"].includes(verb))),
      describe(one),
    );
  }
});

test("Secrets are reached by name, but for what the executor mints", (t) => {
  const unnamed = rules.filter(({ rule }) => rule.resources.includes("secrets") && rule.resourceNames === undefined);
  t.deepEqual(
    unnamed.map(({ role, rule }) => [role.kind, role.metadata.name, role.metadata.namespace, rule.verbs]),
    [
      ["Role", "agent-safe-executor", "agent-safe-credentials", ["create", "get", "list", "delete"]],
      ["ClusterRole", "agent-safe-executor-output", undefined, ["create"]],
    ],
  );
  t.false(
    objects.some(({ kind, metadata }) => kind.endsWith("Binding") && metadata.name === "agent-safe-executor-output"),
  );
});

test("nothing is aggregated into the built-in roles", (t) => {
  for (const { metadata, aggregationRule } of roles) {
    t.is(aggregationRule, undefined);
    t.false(
      Object.keys(metadata.labels ?? {}).some((label) => label.includes("aggregate-to")),
      metadata.name,
    );
  }
});

test("Secrets and ConfigMaps are shipped empty", (t) => {
  const shipped = objects.filter(({ kind }) => kind === "Secret" || kind === "ConfigMap");
  t.is(shipped.length, 8);
  for (const object of shipped)
    t.deepEqual([object.data, object.stringData], [undefined, undefined], object.metadata.name);
});

test("only the decider judges, only the executor mints, and statuses are patched", (t) => {
  const granted = (name: string) => rules.filter(({ role }) => role.metadata.name === name).map(({ rule }) => rule);
  const may = (name: string, verb: string, resource: string) =>
    granted(name).some((rule) => rule.verbs.includes(verb) && rule.resources.includes(resource));
  t.false(may("agent-safe-executor", "create", "actionrequests"));
  t.false(may("agent-safe-executor", "get", "actionpolicies"));
  t.false(may("agent-safe-controller", "create", "secrets"));
  t.false(may("agent-safe-agent", "delete", "actionrequests"));
  t.false(may("agent-safe-agent", "patch", "actionrequests/status"));
  for (const one of rules) {
    if (!one.rule.resources.some((name) => name.endsWith("/status"))) continue;
    t.deepEqual(one.rule.verbs, ["patch"], describe(one));
  }
});
