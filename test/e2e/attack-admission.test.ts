import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import type { ActionRequest } from "../../controller/api/types.ts";
import type { KubeClient, KubeObject } from "../../controller/runtime/index.ts";
import { accountClient, actionRequest, applyFolder, clientOf, refusalOf, resources } from "../guard/support.ts";
import { useCluster, waitFor } from "../support/cluster.ts";
import { startStack, type TestStack } from "../support/stack.ts";
import { namespace } from "./support/agent.ts";
import {
  type Asker,
  asker,
  hasReason,
  isUntouched,
  stored,
  storedWhen,
  takeWebhookAway,
  untilActing,
} from "./support/attack.ts";

const cluster = await useCluster({ own: true });
const { requests } = resources;
let stack: TestStack;
let bot: Asker;
let victim: ActionRequest;
/** Holds what no agent should: the right to write statuses and to delete. No verb of ours is among its rights. */
let broad: KubeClient;

const reading = { action: "get-configmap", target: "dev/web-config" };

test.before(async (t) => {
  t.timeout(300_000);
  stack = await startStack({ cluster });
  bot = await asker(clientOf(stack.agents["deploy-bot"] ?? ""));
  await cluster.apply(`
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: broad}
rules:
- {apiGroups: [agentsafe.dev], resources: ["*"], verbs: [get, list, create, update, patch, delete]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: broad}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: broad}
subjects: [{kind: ServiceAccount, namespace: ${namespace}, name: broad}]
`);
  broad = await accountClient(cluster, namespace, "broad");
  // It waits for people, so that it lies still while it is attacked.
  victim = await bot.ask({ action: "restart-deployment", target: "prod/api-server" });
  await storedWhen(cluster, victim, hasReason("Ready", "AwaitingApproval"));
});

interface Forgery {
  what: string;
  /** The policy that refuses it; taken away, it goes through. */
  policy: string;
  says: RegExp;
  run(): Promise<unknown>;
}

const absent = { apiVersion: "v1", kind: "ConfigMap", name: "gone", uid: "00000000-0000-0000-0000-000000000000" };

/** Dry runs: admission refuses them as it does the real thing, and where one goes through it spoils nothing. */
function forgeries(): Forgery[] {
  const ref = { namespace, name: victim.metadata.name };
  const make = (metadata: object, spec: object = {}) =>
    bot.client.create(
      requests,
      actionRequest({ name: "forged", namespace, ...metadata }, { ...reading, requester: bot.self, ...spec }),
      { dryRun: true },
    );
  const change = (body: object, client = bot.client) =>
    client.patch(requests, ref, body, { type: "merge", dryRun: true });
  const requester = "agent-safe-requester";
  const metadata = "agent-safe-request-metadata";
  const another = { ...bot.self, username: "system:serviceaccount:agents:retired-bot" };
  return [
    { what: "another requester", policy: requester, says: /username/, run: () => make({}, { requester: another }) },
    {
      what: "groups that it does not have",
      policy: requester,
      says: /groups/,
      run: () => make({}, { requester: { ...bot.self, groups: ["system:masters"] } }),
    },
    {
      what: "an absent owner",
      policy: metadata,
      says: /ownerReferences/,
      run: () => make({ ownerReferences: [absent] }),
    },
    {
      what: "an absent owner later",
      policy: metadata,
      says: /ownerReferences/,
      run: () => change({ metadata: { ownerReferences: [absent] } }),
    },
    {
      what: "a finalizer",
      policy: metadata,
      says: /finalizers/,
      run: () => make({ finalizers: ["example.com/stay"] }),
    },
    {
      what: "a finalizer later",
      policy: metadata,
      says: /finalizers/,
      run: () => change({ metadata: { finalizers: ["example.com/stay"] } }),
    },
    {
      what: "a label of ours",
      policy: metadata,
      says: /labels/,
      run: () => make({ labels: { "agentsafe.dev/approved": "true" } }),
    },
    {
      what: "an annotation of ours",
      policy: metadata,
      says: /annotations/,
      run: () => change({ metadata: { annotations: { "agentsafe.dev/approved": "true" } } }),
    },
    {
      what: "a status, with the right to write one",
      policy: "agent-safe-request-status",
      says: /decide/,
      run: () =>
        broad.patch(
          requests,
          ref,
          { status: { observedGeneration: 9 } },
          { type: "merge", subresource: "status", dryRun: true },
        ),
    },
    {
      what: "deletion, with the right to delete",
      policy: metadata,
      says: /not deleted by hand/,
      run: () => broad.delete(requests, ref, { dryRun: true }),
    },
  ];
}

/** What RBAC or the definition itself refuses, so that no policy has to. */
function refusedAnyway(): Pick<Forgery, "what" | "says" | "run">[] {
  const ref = { namespace, name: victim.metadata.name };
  const merge = { type: "merge" } as const;
  const spec = { target: "dev/web" };
  return [
    { what: "another spec", says: /spec/, run: () => bot.client.patch(requests, ref, { spec }, merge) },
    { what: "another spec, by another", says: /spec/, run: () => broad.patch(requests, ref, { spec }, merge) },
    {
      what: "a status",
      says: /cannot patch resource "actionrequests\/status"/,
      run: () => bot.client.patch(requests, ref, { status: {} }, { ...merge, subresource: "status" }),
    },
    { what: "deletion", says: /cannot delete/, run: () => bot.client.delete(requests, ref) },
  ];
}

async function refusals(of: readonly Pick<Forgery, "what" | "run">[]): Promise<(string | undefined)[]> {
  const texts: (string | undefined)[] = [];
  for (const { run } of of) texts.push(await refusalOf(run()));
  return texts;
}

test.serial("with the webhook up, no forgery goes through", async (t) => {
  const all = [...forgeries(), ...refusedAnyway()];
  for (const [at, text] of (await refusals(all)).entries())
    t.regex(text ?? "accepted", all[at]?.says ?? /$^/, all[at]?.what);
});

/** Asked without the webhook, which would have refused each at once: then the decider has to. */
interface Unchecked {
  what: string;
  spec: Record<string, unknown>;
  end: [type: string, reason: string];
  says: RegExp;
}

const scaling = (replicas: number) => ({
  action: "scale-deployment",
  target: "dev/test-app",
  params: { replicas } as object,
});
const writing = (params: object) => ({ action: "update-configmap", target: "dev/web-config", params });
const invalid: [string, string] = ["Denied", "InvalidParameters"];
const unchecked: Unchecked[] = [
  { what: "a dry run", spec: { ...scaling(7), dryRun: true }, end: ["Ready", "Invalid"], says: /dryRun is not served/ },
  {
    what: "33 KiB of parameters",
    spec: writing({ key: "k", value: "v".repeat(33 * 1024) }),
    end: invalid,
    says: /more than 32768/,
  },
  { what: "an integer beyond 2^53", spec: scaling(2 ** 53), end: invalid, says: /2\^53/ },
  {
    what: "a key that reaches the prototype",
    spec: writing(JSON.parse('{"key": "k", "value": "v", "__proto__": {"polluted": true}}')),
    end: invalid,
    says: /__proto__/,
  },
  { what: "a value out of its bounds", spec: scaling(9999), end: invalid, says: /9999/ },
  {
    what: "an unknown action",
    spec: { action: "restart-deploymnt", target: "dev/web" },
    end: ["Denied", "UnknownAction"],
    says: /restart-deployment/,
  },
];

test.serial(
  "with the webhook gone nothing is decided, no forgery goes through, and it goes on by itself",
  async (t) => {
    t.timeout(600_000);
    const scale = () => replicasOf("test-app");
    const before = await scale();
    const weakened = performance.now();
    const bringBack = await takeWebhookAway(cluster, stack);
    const asked: ActionRequest[] = [];
    let honest: ActionRequest;
    try {
      await untilActing(stack, false, 30_000);
      t.log(`not ready ${Math.round(performance.now() - weakened)} ms after the webhook began to go`);

      const all = [...forgeries(), ...refusedAnyway()];
      for (const [at, text] of (await refusals(all)).entries())
        t.regex(text ?? "accepted", all[at]?.says ?? /$^/, all[at]?.what);
      t.regex(
        (await refusalOf(bot.ask({ ...reading, requester: undefined }))) ?? "accepted",
        /spec\.requester\.username is missing/,
      );

      honest = await bot.ask(reading);
      for (const { spec } of unchecked) asked.push(await bot.ask(spec));
      for (const request of [honest, ...asked]) await storedWhen(cluster, request, hasReason("Ready", "Undecided"));
      await sleep(3_000);
      for (const request of [honest, ...asked]) t.true(isUntouched(await stored(cluster, request)));
    } finally {
      await bringBack();
    }
    const { status } = await storedWhen(cluster, honest, hasReason("Ready", "Succeeded"));
    t.is(status?.execution?.result, "SUCCESS");
    for (const [at, { what, end, says }] of unchecked.entries()) {
      const request = await storedWhen(cluster, asked[at] as ActionRequest, hasReason(...end));
      t.regex(request.status?.conditions?.find(({ type }) => type === end[0])?.message ?? "", says, what);
      t.is(request.status?.ticket, undefined, what);
      t.is(request.status?.claim, undefined, what);
    }
    t.is(await scale(), before, "nothing was scaled");
  },
);

async function replicasOf(name: string): Promise<unknown> {
  const ref = { namespace: "dev", name };
  const { spec } = await cluster.adminClient.get<KubeObject & { spec: { replicas: number } }>(
    resources.deployments,
    ref,
  );
  return spec.replicas;
}

for (const policy of ["agent-safe-requester", "agent-safe-request-metadata", "agent-safe-request-status"]) {
  test.serial(`with ${policy} unbound its forgeries would go through, and for that nothing is decided`, async (t) => {
    t.timeout(600_000);
    await weakened(t, `the binding of ${policy} is deleted`, async () => {
      const { code, stderr } = await cluster.kubectl(["delete", "validatingadmissionpolicybinding", policy]);
      t.is(code, 0, stderr);
      // Without its control each attack succeeds: it is this policy, and no other, that stops it.
      for (const { what, run } of forgeries().filter((forgery) => forgery.policy === policy)) {
        await waitFor(async () => (await refusalOf(run())) === undefined, { what: `${what} to go through` });
        t.pass(what);
      }
    });
  });
}

test.serial("with a validation loosened nothing is decided, and a ticket from before is not taken", async (t) => {
  t.timeout(600_000);
  await stack.executor.stop();
  const ticketed = await bot.ask(scaling(3));
  await storedWhen(cluster, ticketed, ({ status }) => status?.ticket !== undefined);
  await weakened(t, "the rule against foreign writers of statuses always holds", async () => {
    const loosened = [{ op: "replace", path: "/spec/validations/0/expression", value: "true" }];
    const { code, stderr } = await cluster.kubectl([
      ...["patch", "validatingadmissionpolicy", "agent-safe-request-status", "--type=json"],
      ...["-p", JSON.stringify(loosened)],
    ]);
    t.is(code, 0, stderr);
    const told = stack.executor.log().length;
    // An executor that starts over a weakened policy has never seen it hold.
    await stack.executor.restart({ wait: false });
    await waitFor(() => /the guard does not hold/.test(stack.executor.log().slice(told)), {
      timeoutMs: 60_000,
      what: "the executor to look",
    });
    await sleep(2_000);
    t.is((await stored(cluster, ticketed)).status?.claim, undefined);
  });
  // Its ticket has expired by now, or is good still: it is carried out either way, once.
  await storedWhen(cluster, ticketed, hasReason("Ready", "Succeeded"), 180_000);
  t.is(await replicasOf("test-app"), 3);
});

/** Weakens admission, sees that both roles are not ready within 30 s and decide nothing, restores it and sees that they go on. */
async function weakened(
  t: { log(text: string): void; true(is: boolean): void },
  what: string,
  weaken: () => Promise<void>,
) {
  const began = performance.now();
  try {
    await weaken();
    await untilActing(stack, false, 30_000);
    t.log(`${what}: not ready after ${Math.round(performance.now() - began)} ms`);
    const asked = await bot.ask(reading);
    await storedWhen(cluster, asked, hasReason("Ready", "Undecided"));
    await sleep(2_000);
    t.true(isUntouched(await stored(cluster, asked)));
    await applyFolder(cluster, "config/admission");
    await storedWhen(cluster, asked, hasReason("Ready", "Succeeded"));
  } finally {
    await applyFolder(cluster, "config/admission");
    await untilActing(stack, true);
  }
}
