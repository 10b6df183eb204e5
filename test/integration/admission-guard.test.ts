import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { Registry } from "prom-client";
import type { GuardRole } from "../../controller/guard/canaries.ts";
import { packageRoot } from "../../controller/guard/expected.ts";
import { createGuard, type Guard, type GuardOptions } from "../../controller/guard/guard.ts";
import { createGuardMetrics } from "../../controller/guard/metrics.ts";
import { createWorld, prepareRequests, type World } from "../guard/attacks/world.ts";
import { applyFolder } from "../guard/support.ts";
import { useCluster, waitFor } from "../support/cluster.ts";

const cluster = await useCluster({ own: true });
let world: World;

const guardOf = (role: GuardRole, options: Partial<GuardOptions> = {}) =>
  createGuard({ client: world[role], role, ...options });

/** Puts back what was shipped. To apply alone would leave what somebody else added: an applier only takes away what it owns. */
async function restore(): Promise<void> {
  const admission = ["config/admission", "config/admission/webhooks"];
  const shipped = await Promise.all(
    admission.map((folder) => cluster.kubectl(["kustomize", join(packageRoot, folder)])),
  );
  const definitions = await cluster.kubectl(["replace", "-f", join(packageRoot, "crds")]);
  if (definitions.code !== 0) throw new Error(definitions.stderr);
  // What is missing can't be replaced; it is applied below.
  await cluster.kubectl(["replace", "-f", "-"], { input: shipped.map(({ stdout }) => stdout).join("---\n") });
  for (const folder of ["config/rbac", ...admission]) await applyFolder(cluster, folder);
}

async function untilReady(t: ExecutionContext, guard: Guard): Promise<void> {
  await waitFor(() => guard.check().then(() => guard.ready()), { what: "the guard to hold", timeoutMs: 60_000 }).catch(
    (error: unknown) => t.fail(`${String(error)}: ${guard.reason()}`),
  );
  t.is(guard.reason(), "");
}

async function kubectl(...args: string[]): Promise<void> {
  const result = await cluster.kubectl(args);
  if (result.code !== 0) throw new Error(result.stderr);
}

const patch = (kind: string, name: string, operations: object[]) =>
  kubectl("patch", kind, name, "--type=json", `--patch=${JSON.stringify(operations)}`);

test.before(async (t) => {
  world = await createWorld(cluster);
  await prepareRequests(world);
  await applyFolder(cluster, "config/admission/webhooks");
  t.log("installed");
});

const policy = "validatingadmissionpolicy";
const binding = "validatingadmissionpolicybinding";
const mutating = "mutatingwebhookconfiguration";
const validating = "validatingwebhookconfiguration";
const requestSchema = "/spec/versions/0/schema/openAPIV3Schema/properties";
const nowhere = { matchLabels: { nowhere: "true" } };

interface Weakening {
  what: string;
  run: () => Promise<void>;
  says: RegExp;
}

const weakenings: Weakening[] = [
  {
    what: "a validation that always holds",
    run: () =>
      patch(policy, "agent-safe-requester", [{ op: "replace", path: "/spec/validations/1/expression", value: "true" }]),
    says: /ValidatingAdmissionPolicy agent-safe-requester is not as shipped: spec\.validations\[1\]\.expression differs/,
  },
  {
    what: "a validation taken out",
    run: () => patch(policy, "agent-safe-secrets", [{ op: "remove", path: "/spec/validations/0" }]),
    says: /agent-safe-secrets is not as shipped: spec\.validations/,
  },
  {
    what: "failurePolicy Ignore",
    run: () =>
      patch(policy, "agent-safe-request-status", [{ op: "replace", path: "/spec/failurePolicy", value: "Ignore" }]),
    says: /agent-safe-request-status is not as shipped: spec\.failurePolicy differs/,
  },
  {
    what: "a condition that never matches",
    run: () =>
      patch(policy, "agent-safe-request-metadata", [
        { op: "add", path: "/spec/matchConditions", value: [{ name: "never", expression: "false" }] },
      ]),
    says: /agent-safe-request-metadata is not as shipped: spec\.matchConditions differs/,
  },
  {
    what: "fewer resources",
    run: () =>
      patch(policy, "agent-safe-secrets", [
        { op: "replace", path: "/spec/matchConstraints/namespaceSelector", value: nowhere },
      ]),
    says: /agent-safe-secrets is not as shipped: spec\.matchConstraints\.namespaceSelector/,
  },
  {
    what: "excluded resources",
    run: () =>
      patch(policy, "agent-safe-requester", [
        {
          op: "add",
          path: "/spec/matchConstraints/excludeResourceRules",
          value: [{ apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["CREATE"] }],
        },
      ]),
    says: /agent-safe-requester is not as shipped: spec\.matchConstraints\.excludeResourceRules differs/,
  },
  {
    what: "a policy deleted",
    run: () => kubectl("delete", policy, "agent-safe-sentinel"),
    says: /ValidatingAdmissionPolicy agent-safe-sentinel is missing/,
  },
  {
    what: "a binding deleted",
    run: () => kubectl("delete", binding, "agent-safe-requester"),
    says: /ValidatingAdmissionPolicyBinding agent-safe-requester is missing/,
  },
  {
    what: "a binding that only warns",
    run: () =>
      patch(binding, "agent-safe-requester", [{ op: "replace", path: "/spec/validationActions", value: ["Warn"] }]),
    says: /Binding agent-safe-requester is not as shipped: spec\.validationActions/,
  },
  {
    what: "a binding with parameters",
    run: () =>
      patch(binding, "agent-safe-requester", [
        { op: "add", path: "/spec/paramRef", value: { name: "x", namespace: "x", parameterNotFoundAction: "Allow" } },
      ]),
    says: /Binding agent-safe-requester is not as shipped: spec\.paramRef differs/,
  },
  {
    what: "a binding for fewer namespaces",
    run: () =>
      patch(binding, "agent-safe-secrets", [
        { op: "add", path: "/spec/matchResources", value: { namespaceSelector: nowhere } },
      ]),
    says: /Binding agent-safe-secrets is not as shipped: spec\.matchResources differs/,
  },
  {
    what: "the webhook configuration deleted",
    run: () => kubectl("delete", mutating, "agent-safe"),
    says: /MutatingWebhookConfiguration agent-safe is missing/,
  },
  {
    what: "the other webhook configuration deleted",
    run: () => kubectl("delete", validating, "agent-safe"),
    says: /ValidatingWebhookConfiguration agent-safe is missing/,
  },
  {
    what: "a webhook for fewer namespaces",
    run: () =>
      patch(mutating, "agent-safe", [{ op: "replace", path: "/webhooks/0/namespaceSelector", value: nowhere }]),
    says: /MutatingWebhookConfiguration agent-safe is not as shipped: webhooks\[0\]\.namespaceSelector/,
  },
  {
    what: "a webhook that may fail",
    run: () => patch(validating, "agent-safe", [{ op: "replace", path: "/webhooks/0/failurePolicy", value: "Ignore" }]),
    says: /ValidatingWebhookConfiguration agent-safe is not as shipped: webhooks\[0\]\.failurePolicy/,
  },
  {
    what: "a rule of a definition removed",
    run: () =>
      patch("crd", "actionrequests.agentsafe.dev", [
        { op: "remove", path: `${requestSchema}/status/x-kubernetes-validations/0` },
      ]),
    says: /CustomResourceDefinition actionrequests\.agentsafe\.dev is not as shipped: spec\.versions\[0\]\.schema\.properties\.status\.x-kubernetes-validations/,
  },
  {
    what: "a bound of a definition removed",
    run: () =>
      patch("crd", "actionrequests.agentsafe.dev", [
        { op: "remove", path: `${requestSchema}/spec/properties/reason/maxLength` },
      ]),
    says: /actionrequests\.agentsafe\.dev is not as shipped: .*reason\.maxLength differs/,
  },
];

for (const { what, run, says } of weakenings) {
  test.serial(`not ready: ${what}`, async (t) => {
    const guards = [guardOf("controller"), guardOf("executor")];
    for (const guard of guards) await untilReady(t, guard);
    await run();
    for (const guard of guards) {
      await guard.check();
      t.false(guard.ready());
      t.regex(guard.reason(), says);
    }
    await restore();
    for (const guard of guards) await untilReady(t, guard);
  });
}

test.serial("ready: what differs from cluster to cluster, or is for people, does not count", async (t) => {
  const guard = guardOf("controller");
  const caBundle = Buffer.from(
    (await cluster.kubectl(["get", "cm", "-n", "default", "kube-root-ca.crt", "-o", "jsonpath={.data.ca\\.crt}"]))
      .stdout,
  ).toString("base64");
  await patch(mutating, "agent-safe", [
    { op: "add", path: "/webhooks/0/clientConfig", value: { url: "https://127.0.0.1:1/x", caBundle } },
  ]);
  await patch("crd", "targets.agentsafe.dev", [{ op: "remove", path: "/spec/versions/0/additionalPrinterColumns/0" }]);
  await patch("crd", "targets.agentsafe.dev", [
    { op: "replace", path: "/spec/versions/0/schema/openAPIV3Schema/description", value: "Another text." },
  ]);
  await kubectl("label", policy, "agent-safe-secrets", "mine=true");
  await untilReady(t, guard);
  await kubectl("delete", mutating, "agent-safe");
  await restore();
  await untilReady(t, guard);
});

test.serial("canaries alone find a policy that does not hold, each by its own", async (t) => {
  const guards = {
    controller: guardOf("controller", { expected: [] }),
    executor: guardOf("executor", { expected: [] }),
  };
  const triedBy: Record<string, readonly GuardRole[]> = {
    "agent-safe-requester": ["controller"],
    "agent-safe-request-metadata": ["controller"],
    "agent-safe-request-status": ["controller", "executor"],
    "agent-safe-status": ["controller", "executor"],
    "agent-safe-secrets": ["controller", "executor"],
    "agent-safe-sentinel": ["controller"],
  };
  for (const [name, roles] of Object.entries(triedBy)) {
    await kubectl("delete", binding, name);
    for (const role of roles) {
      const guard = guards[role];
      await waitFor(() => guard.check().then(() => !guard.ready()), { what: `${role} to see that ${name} is gone` });
      t.regex(guard.reason(), new RegExp(`^the canary "[^"]+" was accepted: policy ${name} does not hold$`), role);
    }
    await restore();
    for (const role of roles) await untilReady(t, guards[role]);
  }
});

test.serial("a canary that something else refuses proves nothing", async (t) => {
  const guard = guardOf("controller", { expected: [] });
  await untilReady(t, guard);
  await kubectl("delete", "clusterrolebinding", "agent-safe-controller");
  await waitFor(() => guard.check().then(() => !guard.ready()), { what: "RBAC to refuse" });
  t.regex(guard.reason(), /was refused, but not by policy agent-safe-requester: .*cannot create resource/);
  await restore();
  await untilReady(t, guard);

  // A policy of another that refuses first, and takes the name of ours into its mouth.
  await cluster.apply(`
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: aaa}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [agentsafe.dev], apiVersions: ["*"], resources: [actionrequests], operations: [CREATE]}]}
  validations:
  - {expression: "false", message: "x is forbidden: ValidatingAdmissionPolicy 'agent-safe-requester' with binding 'agent-safe-requester' denied request: no"}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: aaa}
spec: {policyName: aaa, validationActions: [Deny]}
`);
  await kubectl("delete", binding, "agent-safe-requester");
  await waitFor(() => guard.check().then(() => /'aaa' with binding 'aaa'/.test(guard.reason())), {
    what: "the other policy to refuse",
  });
  t.false(guard.ready());
  t.regex(guard.reason(), /was refused, but not by policy agent-safe-requester/);
  await kubectl("delete", `${policy},${binding}`, "aaa");
  await restore();
  await untilReady(t, guard);
});

test.serial("a weakening is seen by watch, and within 30 s without", async (t) => {
  const stop = new AbortController();
  const registry = new Registry();
  const never = 3_600_000;
  const watching = guardOf("controller", {
    timings: { intervalMs: never, validMs: never },
    metrics: createGuardMetrics(registry),
  });
  const polling = guardOf("executor");
  const gauge = async () => (await registry.getSingleMetric("agentsafe_guard_ready")?.get())?.values[0]?.value;
  t.is(await gauge(), 0);
  const running = [watching.start(stop.signal), polling.start(stop.signal)];
  await waitFor(() => watching.ready() && polling.ready(), { what: "both guards to hold", timeoutMs: 60_000 });
  t.is(await gauge(), 1);

  await kubectl("delete", binding, "agent-safe-request-metadata");
  await waitFor(() => !watching.ready(), { what: "the watch to bring the deletion" });
  t.regex(watching.reason(), /agent-safe-request-metadata is missing/);
  t.is(await gauge(), 0);
  await restore();
  await waitFor(() => watching.ready() && polling.ready(), { what: "both guards to hold again", timeoutMs: 60_000 });

  // Without its label an object is watched no more; the guard still reads it in turn.
  await kubectl("label", policy, "agent-safe-secrets", "app.kubernetes.io/part-of-");
  await waitFor(() => polling.check().then(() => polling.ready()), { what: "the guard to hold without the label" });
  const weakened = performance.now();
  await patch(policy, "agent-safe-secrets", [{ op: "replace", path: "/spec/failurePolicy", value: "Ignore" }]);
  await waitFor(() => !polling.ready(), { what: "the guard to see it in turn", timeoutMs: 30_000 });
  t.log(`seen after ${Math.round(performance.now() - weakened)} ms without a watch`);
  stop.abort();
  await Promise.all(running);
  await restore();
});

test.serial("a check that is too old counts no more", async (t) => {
  let now = 1_000_000;
  const guard = guardOf("executor", { clock: () => now });
  t.false(guard.ready());
  t.is(guard.reason(), "not checked yet");
  await untilReady(t, guard);
  now += 30_001;
  t.false(guard.ready());
  t.is(guard.reason(), "the last check is too old");
});

test.serial("a server that does not answer is not a weakening, until the last look is too old", async (t) => {
  let now = 1_000_000;
  const guard = guardOf("executor", { clock: () => now, timings: { timeoutMs: 2_000 } });
  await untilReady(t, guard);
  await cluster.controlPlane?.stopApiServer();
  try {
    now += 20_000;
    await guard.check();
    t.true(guard.ready());
    now += 10_001;
    t.false(guard.ready());
    t.regex(guard.reason(), /could not be read/);
    await guard.check();
    t.false(guard.ready());
  } finally {
    await cluster.controlPlane?.startApiServer();
  }
  await untilReady(t, guard);
});
