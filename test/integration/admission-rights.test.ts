import test from "ava";
import { parseAllDocuments, stringify } from "yaml";
import type { KubeClient } from "../../controller/runtime/client.ts";
import type { KubeObject } from "../../controller/runtime/types.ts";
import { lentSpecAttacks, prepareLent } from "../guard/attacks/lent.ts";
import {
  claim,
  condition,
  createWorld,
  dryMerge,
  dryStatus,
  grantBroadRights,
  judged,
  prepareRequests,
  type World,
} from "../guard/attacks/world.ts";
import {
  applyFolder,
  credentialsNamespace,
  manifest,
  refusalOf,
  resources,
  systemNamespace,
} from "../guard/support.ts";
import { useCluster, waitFor } from "../support/cluster.ts";

// What RBAC and the definitions stop by themselves, and that it is they who do.
const cluster = await useCluster({ own: true });
const { requests, secrets, configMaps, deployments, policies } = resources;
let world: World;

test.before(async () => {
  world = await createWorld(cluster);
  await prepareRequests(world);
  await prepareLent(world);
  await cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: ${world.namespace}}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web}]}
`);
});

const inSystem = (name: string) => ({ name, namespace: systemNamespace });
const annotate = { metadata: { annotations: { a: "b" } } };

/** Refused by RBAC; the same calls go through once somebody grants too much. */
const forbidden: Record<string, () => Promise<unknown>> = {
  "the executor reads the signing key": () => world.executor.get(secrets, inSystem("agent-safe-ticket-keys")),
  "the executor reads the controller's log key": () =>
    world.executor.get(secrets, inSystem("agent-safe-audit-key-controller")),
  "the executor writes the keys that it verifies with": () =>
    world.executor.patch(configMaps, inSystem("agent-safe-ticket-keys"), { data: { "jwks.json": "{}" } }, dryMerge),
  "the executor touches a Deployment": () => world.executor.patch(deployments, world.named("web"), annotate, dryMerge),
  "the controller reads a Deployment": () => world.controller.get(deployments, world.named("web")),
  "the controller touches a Deployment": () =>
    world.controller.patch(deployments, world.named("web"), annotate, dryMerge),
  "the controller reads a credential": () =>
    world.controller.get(secrets, { name: "kept", namespace: credentialsNamespace }),
  "the controller reads the executor's log key": () =>
    world.controller.get(secrets, inSystem("agent-safe-audit-key-executor")),
  "the executor lists Secrets of the system": () => world.executor.list(secrets, { namespace: systemNamespace }),
  "an agent reads policies": () => world.bot.list(policies),
};
/** Refused by RBAC as well as by a policy: with too much granted, the policy still refuses. */
const twiceForbidden: Record<string, () => Promise<unknown>> = {
  "an agent writes a status": () =>
    world.bot.patch(requests, world.named("fresh"), { status: { observedGeneration: 1 } }, dryStatus),
  "an agent deletes": () => world.bot.delete(requests, world.named("fresh"), { dryRun: true }),
  "the controller changes a policy": () => world.controller.patch(policies, { name: "mine" }, annotate, dryMerge),
  "the executor mints the decider's token": () =>
    world.executor.create(
      secrets,
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: {
          ...inSystem("minted"),
          annotations: { "kubernetes.io/service-account.name": "agent-safe-controller" },
        },
        type: "kubernetes.io/service-account-token",
      } as KubeObject,
      { dryRun: true },
    ),
};

test.serial("RBAC gives no role more than its own", async (t) => {
  await world.admin.create(policies, {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "ActionPolicy",
    metadata: { name: "mine" },
    spec: { rules: [{ name: "none", priority: 1, match: { actions: ["*"] }, decision: "deny", reason: "a test" }] },
  } as KubeObject);
  for (const [what, run] of Object.entries({ ...forbidden, ...twiceForbidden })) {
    t.regex((await refusalOf(run())) ?? "went through", /: 403: .* cannot [a-z]+ resource /, what);
  }
  t.regex((await refusalOf(tokenOf(world.executor))) ?? "", /cannot create resource "serviceaccounts\/token"/);
  t.regex((await refusalOf(tokenOf(world.controller))) ?? "", /cannot create resource "serviceaccounts\/token"/);
  t.regex((await refusalOf(world.webhook.list(requests))) ?? "", /cannot list/);

  await grantBroadRights(cluster, world);
  for (const [what, run] of Object.entries(forbidden))
    t.is(await refusalOf(run()), undefined, `${what}, with too much granted`);
  for (const [what, run] of Object.entries(twiceForbidden)) {
    // The API server takes a moment to put a new policy to use.
    const refused = async () => /ValidatingAdmissionPolicy 'agent-safe-/.test((await refusalOf(run())) ?? "");
    t.true(await waitFor(refused, { timeoutMs: 30_000, what: `the policy against: ${what}` }), what);
  }
});

const tokenOf = (client: KubeClient) =>
  client.raw("POST", `/api/v1/namespaces/${systemNamespace}/serviceaccounts/agent-safe-controller/token`, {
    body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 600 } },
  });

const write = (client: KubeClient, name: string, status: object) =>
  client.patch(requests, world.named(name), { status }, dryStatus);

/** Held by the definition's own rules and by a policy: each alone is enough. */
const twiceHeld: { what: string; policy: string; run: () => Promise<unknown> }[] = [
  {
    what: "changing the spec",
    policy: "agent-safe-requester",
    run: () => world.bot.patch(requests, world.named("fresh"), { spec: { target: "prod/web" } }, dryMerge),
  },
  {
    what: "changing a parameter that no schema knows",
    policy: "agent-safe-requester",
    run: () => world.bot.patch(requests, world.named("fresh"), { spec: { params: { replicas: 9999 } } }, dryMerge),
  },
  {
    what: "claiming with another ticket",
    policy: "agent-safe-request-status",
    run: () => write(world.executor, "ticketed", { claim: { ...claim, ticketId: "another" } }),
  },
  {
    what: "claiming another attempt",
    policy: "agent-safe-request-status",
    run: () => write(world.executor, "ticketed", { claim: { ...claim, attempt: 2 } }),
  },
  {
    what: "claiming without a ticket",
    policy: "agent-safe-request-status",
    run: () => write(world.executor, "fresh", { claim }),
  },
  {
    what: "claiming a second time",
    policy: "agent-safe-request-status",
    run: () => write(world.executor, "claimed", { claim: { ...claim, holder: "another" } }),
  },
  {
    what: "claiming what is denied",
    policy: "agent-safe-request-status",
    run: () => write(world.executor, "denied", { claim }),
  },
  {
    what: "deciding again after a claim",
    policy: "agent-safe-request-status",
    run: () => write(world.controller, "claimed", { decision: { result: "deny" } }),
  },
];

/** The definitions of what agents write, without any of their rules. */
function definitionsWithoutRules(): string {
  return ["actionrequest", "actionplan", "delegation"]
    .flatMap((name) => parseAllDocuments(manifest(`crds/${name}.yaml`)))
    .map((document) =>
      stringify(
        JSON.parse(
          JSON.stringify(document.toJS(), (key, value) => (key === "x-kubernetes-validations" ? undefined : value)),
        ),
      ),
    )
    .join("---\n");
}

test.serial("the definition's rules and the policies each hold alone", async (t) => {
  await world.bot.create(requests, {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "ActionRequest",
    metadata: world.named("denied"),
    spec: { action: "restart-deployment", target: "dev/web", ...world.own() },
  } as KubeObject);
  const denied = { ticket: { id: "ticket-1", attempt: 1, token: "x" }, conditions: [...judged, condition("Denied")] };
  await world.controller.patch(
    requests,
    world.named("denied"),
    { status: denied },
    { type: "merge", subresource: "status" },
  );
  const policyRefuses = async (run: () => Promise<unknown>, policy: string) =>
    ((await refusalOf(run())) ?? "").includes(`ValidatingAdmissionPolicy '${policy}' with binding '${policy}' denied`);

  const held = [
    ...twiceHeld,
    ...lentSpecAttacks(world).map((attack) => ({ ...attack, policy: "agent-safe-requester" })),
  ];
  for (const { what, run } of held)
    t.regex((await refusalOf(run())) ?? "", /: 422: .* is invalid: /, `${what}: by the definition`);

  const relaxed = definitionsWithoutRules();
  await cluster.kubectl(["replace", "-f", "-"], { input: relaxed });
  for (const { what, policy, run } of held) {
    await waitFor(() => policyRefuses(run, policy), { what: `${policy} alone to refuse ${what}`, timeoutMs: 60_000 });
  }
  const removed = await cluster.kubectl([
    ...["delete", "validatingadmissionpolicybinding"],
    ...new Set(held.map(({ policy }) => policy)),
  ]);
  t.is(removed.code, 0, removed.stderr);
  for (const { what, run } of held) {
    await waitFor(async () => (await refusalOf(run())) === undefined, {
      what: `${what}, with nothing to stop it`,
      timeoutMs: 60_000,
    });
  }
  await applyFolder(cluster, "crds");
  for (const { what, run } of held) {
    await waitFor(async () => /is invalid/.test((await refusalOf(run())) ?? ""), {
      what: `the definition alone to refuse ${what}`,
      timeoutMs: 60_000,
    });
  }
});

test.serial("applying the configuration again wipes nothing that a role wrote", async (t) => {
  const key = { stringData: { key: "kept" } };
  await world.controller.patch(secrets, inSystem("agent-safe-ticket-keys"), key, { type: "merge" });
  await world.controller.patch(
    configMaps,
    inSystem("agent-safe-ticket-keys"),
    { data: { "jwks.json": "{}" } },
    { type: "merge" },
  );
  await applyFolder(cluster, "config/rbac");
  const clientSide = await cluster.kubectl(["apply", "-k", "config/rbac"]);
  t.is(clientSide.code, 0, clientSide.stderr);
  const secret = await world.controller.get<KubeObject & { data?: object }>(
    secrets,
    inSystem("agent-safe-ticket-keys"),
  );
  const map = await world.controller.get<KubeObject & { data?: object }>(
    configMaps,
    inSystem("agent-safe-ticket-keys"),
  );
  t.deepEqual([secret.data, map.data], [{ key: Buffer.from("kept").toString("base64") }, { "jwks.json": "{}" }]);
});
