import test from "ava";
import type { Action } from "../../controller/api/types.ts";
import { ask } from "../../controller/execution/expressions.ts";
import { compilePath } from "../../controller/policy/path.ts";
import { manifests } from "./manifests.ts";

const actions = new Map(manifests<Action>("catalog", "Action").map((action) => [action.metadata.name, action]));
const request = { uid: "0c7e", time: "2026-01-05T12:00:00Z" };
const now = Date.UTC(2026, 0, 5, 12);

function specOf(name: string): Action["spec"] {
  const action = actions.get(name);
  if (!action) throw new Error(`no action ${name}`);
  return action.spec;
}

interface Facts {
  object?: unknown;
  params?: Record<string, unknown>;
  before_state?: Record<string, unknown>;
}

function observed(name: string, { object = null, params = {}, before_state = {} }: Facts): boolean {
  const target = { namespace: "dev", name: "web" };
  return ask(specOf(name).execution.observe ?? "", { object, params, target, before_state, request }, now);
}

const restarted = (annotations?: object) => ({
  spec: { template: { metadata: { ...(annotations && { annotations }) } } },
});
const created = (uid: string) => ({ metadata: { uid: "n", annotations: { "agentsafe.dev/created-by": uid } } });

const observations: [action: string, facts: Facts, done: boolean][] = [
  ["restart-deployment", { object: restarted({ "agentsafe.dev/restarted-by": "0c7e" }) }, true],
  ["restart-deployment", { object: restarted({ "agentsafe.dev/restarted-by": "another" }) }, false],
  ["restart-deployment", { object: restarted({}) }, false],
  ["restart-deployment", { object: restarted() }, false],
  ["restart-deployment", {}, false],
  ["scale-deployment", { object: { spec: { replicas: 3 } }, params: { replicas: 3 } }, true],
  ["scale-deployment", { object: { spec: { replicas: 2 } }, params: { replicas: 3 } }, false],
  ["scale-deployment", { params: { replicas: 3 } }, false],
  ["delete-pod", { before_state: { uid: "a" } }, true],
  ["delete-pod", { object: { metadata: { uid: "b" } }, before_state: { uid: "a" } }, true],
  ["delete-pod", { object: { metadata: { uid: "a", deletionTimestamp: "x" } }, before_state: { uid: "a" } }, true],
  ["delete-pod", { object: { metadata: { uid: "a" } }, before_state: { uid: "a" } }, false],
  ["cordon-node", { object: { spec: { unschedulable: true } } }, true],
  ["cordon-node", { object: { spec: {} } }, false],
  ["uncordon-node", { object: { spec: { unschedulable: true } } }, false],
  ["uncordon-node", { object: { spec: {} } }, true],
  ["uncordon-node", {}, false],
  ["get-configmap", { object: { data: {} } }, false],
  ["update-configmap", { object: { data: { a: "1" } }, params: { key: "a", value: "1" } }, true],
  ["update-configmap", { object: { data: { a: "2" } }, params: { key: "a", value: "1" } }, false],
  ["update-configmap", { object: {}, params: { key: "a", value: "1" } }, false],
  ["create-namespace", { object: created("0c7e") }, true],
  ["create-namespace", { object: created("another") }, false],
  ["create-namespace", { object: { metadata: { uid: "n" } } }, false],
  ["delete-namespace", { before_state: { uid: "n" } }, true],
  ["delete-namespace", { object: created("x"), before_state: { uid: "n" } }, false],
];

for (const [index, [name, facts, done]] of observations.entries()) {
  test(`${index} ${name} is seen as ${done ? "done" : "not done"}`, (t) => t.is(observed(name, facts), done));
}

test("every action can be observed after a crash", (t) => {
  const tried = new Set(observations.map(([name]) => name));
  t.deepEqual(
    [...actions.keys()].filter((name) => !tried.has(name)),
    [],
  );
});

interface Found {
  object?: unknown;
  items?: unknown[];
  params?: Record<string, unknown>;
  target?: Record<string, unknown>;
}

function passes(name: string, check: string, { object = null, items = [], params = {}, target = {} }: Found): boolean {
  const { require } = specOf(name).prechecks?.find((candidate) => candidate.name === check) ?? {};
  if (require === undefined) throw new Error(`no check ${check} with a question`);
  return ask(require, { object, items, params, target: { namespace: "dev", name: "web", ...target }, request }, now);
}

const ready = { conditions: [{ type: "Ready", status: "True" }] };
const hpa = (name: string) => ({ spec: { scaleTargetRef: { kind: "Deployment", name } } });

const checks: [action: string, check: string, found: Found, passed: boolean][] = [
  ["restart-deployment", "minimum-replicas", { object: { spec: { replicas: 1 } } }, true],
  ["restart-deployment", "minimum-replicas", { object: { spec: { replicas: 0 } } }, false],
  ["restart-deployment", "not-paused", { object: { spec: {} } }, true],
  ["restart-deployment", "not-paused", { object: { spec: { paused: true } } }, false],
  ["scale-deployment", "hpa-check", { items: [hpa("other")] }, true],
  ["scale-deployment", "hpa-check", { items: [hpa("other"), hpa("web")] }, false],
  ["delete-pod", "pod-exists", {}, false],
  ["delete-pod", "pod-exists", { object: { metadata: {} } }, true],
  ["delete-pod", "pod-exists", { object: { metadata: { deletionTimestamp: "x" } } }, false],
  ["delete-pod", "has-controller", { object: { metadata: {} } }, false],
  ["delete-pod", "has-controller", { object: { metadata: { ownerReferences: [{ controller: true }] } } }, true],
  ["delete-pod", "has-controller", { object: { metadata: { ownerReferences: [{}] } } }, false],
  ["cordon-node", "capacity-check", { items: [{ metadata: { name: "web" }, spec: {}, status: ready }] }, false],
  ["cordon-node", "capacity-check", { items: [{ metadata: { name: "n2" }, spec: {}, status: ready }] }, true],
  [
    "cordon-node",
    "capacity-check",
    { items: [{ metadata: { name: "n2" }, spec: { unschedulable: true }, status: ready }] },
    false,
  ],
  ["cordon-node", "capacity-check", { items: [{ metadata: { name: "n2" }, spec: {}, status: {} }] }, false],
  ["uncordon-node", "node-cordoned", { object: { spec: { unschedulable: true } } }, true],
  ["uncordon-node", "node-cordoned", { object: { spec: {} } }, false],
  ["update-configmap", "not-immutable", { object: { immutable: true } }, false],
  ["update-configmap", "not-immutable", { object: {} }, true],
  ["update-configmap", "text-key", { object: { binaryData: { a: "" } }, params: { key: "a" } }, false],
  ["update-configmap", "text-key", { object: { binaryData: { b: "" } }, params: { key: "a" } }, true],
  ["create-namespace", "namespace-not-exists", {}, true],
  ["create-namespace", "namespace-not-exists", { object: { metadata: {} } }, false],
  ["create-namespace", "not-system-namespace", { target: { name: "kube-mine" } }, false],
  ["create-namespace", "not-system-namespace", { target: { name: "mine" } }, true],
  ["delete-namespace", "not-system-namespace", { target: { name: "kube-system" } }, false],
  ["delete-namespace", "not-system-namespace", { target: { name: "default" } }, false],
  ["delete-namespace", "not-system-namespace", { target: { name: "agent-safe-system" } }, false],
  ["delete-namespace", "not-system-namespace", { target: { name: "sandbox" } }, true],
  ["delete-namespace", "resource-inventory", { items: [{}] }, false],
  ["delete-namespace", "resource-inventory", { items: [] }, true],
];

for (const [index, [name, check, found, passed]] of checks.entries()) {
  test(`${index} ${name}: ${check} ${passed ? "passes" : "blocks"}`, (t) => t.is(passes(name, check, found), passed));
}

test("every check with a question has been seen to pass and to block", (t) => {
  const asked = [...actions].flatMap(([name, { spec }]) =>
    (spec.prechecks ?? []).filter(({ require }) => require !== undefined).map((check) => `${name} ${check.name}`),
  );
  for (const wanted of [true, false]) {
    const seen = new Set(
      checks.filter(([, , , passed]) => passed === wanted).map(([name, check]) => `${name} ${check}`),
    );
    t.deepEqual(
      asked.filter((check) => !seen.has(check)),
      [],
      `${wanted}`,
    );
  }
});

test("state is read from real shapes", (t) => {
  const read = (name: string, field: string, object: unknown) =>
    compilePath(specOf(name).stateFields?.find((candidate) => candidate.name === field)?.path ?? "")(object);
  t.is(read("cordon-node", "schedulable", { spec: {} }), true);
  t.is(read("cordon-node", "schedulable", { spec: { unschedulable: true } }), false);
  t.is(
    read("restart-deployment", "revision", { metadata: { annotations: { "deployment.kubernetes.io/revision": "7" } } }),
    "7",
  );
  t.is(read("scale-deployment", "replicas", { spec: { replicas: 0 } }), 0);
});
