import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { parse } from "yaml";
import type { Action, Target } from "../../controller/api/types.ts";
import { generateRbac } from "../../controller/credentials/rbac.ts";
import type { Manifest } from "../../controller/credentials/rbac-manifests.ts";

const API = "agentsafe.dev/v1alpha1" as const;
const folder = join(import.meta.dirname, "..", "..", "catalog", "kubernetes");
const catalog = new Map(
  readdirSync(folder).map((file) => {
    const action: Action = parse(readFileSync(join(folder, file), "utf8"));
    return [action.metadata.name, action];
  }),
);
const action = (name: string): Action => {
  const found = catalog.get(name);
  if (found === undefined) throw new Error(`no action ${name}`);
  return structuredClone(found);
};
const target = (
  name: string,
  type: string,
  kubernetes: { apiVersion: string; kind: string; namespace?: string; name: string },
): Target => ({
  ...{ apiVersion: API, kind: "Target" as const, metadata: { name } },
  spec: { type, environment: "dev", sensitivity: "public", resource: { kubernetes } },
});
const deployment = (namespace: string, name: string) =>
  target(`${namespace}-${name}`, "k8s-deployment", { apiVersion: "apps/v1", kind: "Deployment", namespace, name });

/** Kind, place and rules of each manifest, for reading. */
function outline(manifests: Manifest[]): string[] {
  const rule = (value: Record<string, string[]>) =>
    `${value.verbs?.join(",")} ${value.resources?.join(",")}${value.resourceNames ? `[${value.resourceNames.join(",")}]` : ""}`;
  return manifests.map(({ kind, metadata, rules, subjects }) => {
    const where = `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
    const to = Array.isArray(subjects)
      ? ` -> ${subjects.map(({ namespace, name }) => `${namespace}/${name}`).join()}`
      : "";
    return `${where}${to}${Array.isArray(rules) ? `: ${rules.map(rule).join("; ")}` : ""}`;
  });
}

test("one account per action and namespace, held to the registered names", (t) => {
  const manifests = generateRbac({
    actions: [action("restart-deployment")],
    targets: [deployment("dev", "web"), deployment("prod", "api"), deployment("dev", "app")],
  });
  t.deepEqual(outline(manifests), [
    "ServiceAccount agent-safe-credentials/act-restart-deployment-dev-46f33c77bf",
    "Role dev/act-restart-deployment-dev-46f33c77bf: get,patch deployments[app,web]",
    "RoleBinding dev/act-restart-deployment-dev-46f33c77bf -> agent-safe-credentials/act-restart-deployment-dev-46f33c77bf",
    "ServiceAccount agent-safe-credentials/act-restart-deployment-prod-10fb0b7f99",
    "Role prod/act-restart-deployment-prod-10fb0b7f99: get,patch deployments[api]",
    "RoleBinding prod/act-restart-deployment-prod-10fb0b7f99 -> agent-safe-credentials/act-restart-deployment-prod-10fb0b7f99",
    "Role agent-safe-credentials/agent-safe-executor-tokens: create serviceaccounts/token[act-restart-deployment-dev-46f33c77bf,act-restart-deployment-prod-10fb0b7f99]",
    "RoleBinding agent-safe-credentials/agent-safe-executor-tokens -> agent-safe-system/agent-safe-executor",
  ]);
});

test("the same input in another order gives the same manifests", (t) => {
  const actions = [...catalog.values()];
  const targets = [
    deployment("dev", "web"),
    deployment("prod", "api"),
    target("n", "k8s-node", { apiVersion: "v1", kind: "Node", name: "n1" }),
  ];
  t.deepEqual(
    generateRbac({ actions: actions.toReversed(), targets: targets.toReversed() }),
    generateRbac({ actions, targets }),
  );
});

test("targets of a type that the action does not fit get nothing", (t) => {
  t.deepEqual(generateRbac({ actions: [action("cordon-node")], targets: [deployment("dev", "web")] }), []);
});

test("cluster-scoped targets: a ClusterRole with their names; what has no name is said to be an exception", (t) => {
  const manifests = generateRbac({
    actions: [action("create-namespace")],
    targets: [target("ns", "k8s-namespace", { apiVersion: "v1", kind: "Namespace", name: "team-a" })],
  });
  const role = manifests.find(({ kind }) => kind === "ClusterRole");
  t.deepEqual(role?.rules, [
    { apiGroups: [""], resources: ["namespaces"], resourceNames: ["team-a"], verbs: ["get"] },
    { apiGroups: [""], resources: ["namespaces"], verbs: ["create"] },
  ]);
  t.is(role?.metadata.annotations?.["agentsafe.dev/exceptions"], "create namespaces everywhere");
});

test("pods of a deployment: the namespace for pods, an exception; the deployment by its name", (t) => {
  const manifests = generateRbac({
    actions: [action("delete-pod")],
    targets: [
      deployment("dev", "web"),
      target("p", "k8s-pod", { apiVersion: "v1", kind: "Pod", namespace: "dev", name: "lone" }),
    ],
  });
  const role = manifests.find(({ kind }) => kind === "Role");
  t.deepEqual(role?.rules, [
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "delete"] },
    { apiGroups: ["apps"], resources: ["replicasets"], verbs: ["get"] },
    { apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["web"], verbs: ["get"] },
  ]);
  t.regex(role?.metadata.annotations?.["agentsafe.dev/exceptions"] ?? "", /get,delete pods in the whole namespace/);
});

test("no action reaches into this product's own namespaces, however it is registered", (t) => {
  const own = (namespace: string) =>
    target("own", "k8s-configmap", { apiVersion: "v1", kind: "ConfigMap", namespace, name: "agent-safe-ticket-keys" });
  for (const namespace of ["agent-safe-system", "agent-safe-credentials"]) {
    t.throws(() => generateRbac({ actions: [action("update-configmap")], targets: [own(namespace)] }), {
      code: "OWN_NAMESPACE",
    } as object);
    const container = target("ns", "k8s-namespace", { apiVersion: "v1", kind: "Namespace", name: namespace });
    t.throws(() => generateRbac({ actions: [action("delete-namespace")], targets: [container] }), {
      code: "OWN_NAMESPACE",
    } as object);
  }
});

test("no account can be given the means to give itself more", (t) => {
  for (const rule of [
    { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], verbs: ["escalate"] },
    { apiGroups: [""], resources: ["users"], verbs: ["impersonate"] },
    { apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"] },
  ]) {
    const sly = action("restart-deployment");
    sly.spec.credentials = { provider: "kubernetes", rules: [{ ...rule, scope: "namespace" }] };
    t.throws(() => generateRbac({ actions: [sly], targets: [deployment("dev", "web")] }), {
      code: "ESCALATION",
    } as object);
  }
});

test("an action that runs dry gets no account", (t) => {
  const dry = action("restart-deployment");
  dry.spec.execution.executor = "dry-run";
  t.deepEqual(generateRbac({ actions: [dry], targets: [deployment("dev", "web")] }), []);
});
