import { randomUUID } from "node:crypto";
import { join } from "node:path";
import test from "ava";
import { ACTION_REQUESTS, CONFIG_MAPS, SECRETS } from "../../controller/api/constants.ts";
import { sweepCredentials } from "../../controller/credentials/sweep.ts";
import { createClient, createTransport } from "../../controller/runtime/index.ts";
import { issueTicket } from "../../controller/tickets/issue.ts";
import { createTicketKeys } from "../../controller/tickets/keys.ts";
import { createTicketVerifierKeys } from "../../controller/tickets/verifier-keys.ts";
import type { ExpectedTicket } from "../../controller/tickets/verify.ts";
import { useCluster, waitFor } from "../support/cluster.ts";
import { type StartedExecutor, startExecutor } from "./executor/process.ts";
import { makeWorld, type World } from "./executor/world.ts";

const cluster = await useCluster({ own: true });
let world: World;
let executor: StartedExecutor | undefined;
const system = "agent-safe-system";

test.before("the world", async (t) => {
  t.timeout(240_000);
  world = await makeWorld(cluster);
});
test.after.always("the executor stops", () => executor?.stop());

async function clientOf(account: string) {
  const kubeconfig = await cluster.asServiceAccount(system, account);
  return createClient(createTransport({ kubeconfig, userAgent: "test" }));
}

const expected: ExpectedTicket = {
  ...{ issuer: "agent-safe/test", audience: "a", requestUid: "u", ticketId: "t", attempt: 1, params: "p" },
  ...{ request: { namespace: "n", name: "r" }, action: { name: "a", digest: "d" }, target: { id: "i", digest: "d" } },
  agent: { id: "g", digest: "d" },
};

test.serial(
  "two writers rotate one ring: no key is lost, none signs before it is published, verifiers follow",
  async (t) => {
    t.timeout(120_000);
    const client = await clientOf("agent-safe-controller");
    const executorClient = await clientOf("agent-safe-executor");
    let now = Date.now();
    const clock = () => now;
    const policy = { rotateAfterMs: 3_600_000, leadMs: 120_000 };
    const writer = () =>
      createTicketKeys({ client, namespace: system, issuer: expected.issuer, clock, newKeyId: randomUUID, ...policy });
    const verifier = createTicketVerifierKeys({ client: executorClient, namespace: system, clock });
    await verifier.refresh();
    const [one, two] = [writer(), writer()];
    await Promise.all([one.refresh(), two.refresh(), one.refresh(), two.refresh()]);
    const first = one.signer().kid;
    t.is(two.signer().kid, first);

    now += policy.rotateAfterMs - policy.leadMs + 1_000;
    await Promise.all([one.refresh(), two.refresh()]);
    const kids = one.jwks().keys.map(({ kid }) => kid);
    t.is(kids.length, 2, "one new key, not one per writer");
    await two.refresh();
    t.deepEqual(two.jwks(), one.jwks());
    t.is(one.signer().kid, first, "the new key is published, and not used yet");
    const published = await client.get<{ data: Record<string, string> }>(CONFIG_MAPS, {
      name: "agent-safe-ticket-keys",
      namespace: system,
    });
    t.deepEqual(JSON.parse(published.data["jwks.json"] ?? ""), one.jwks());
    t.notRegex(published.data["jwks.json"] ?? "", /"d":/);

    const old = await issueTicket(one.signer(), expected, { now, lifetimeSeconds: 300 });
    now += policy.leadMs;
    t.is<string | undefined, string | undefined>(one.signer().kid, kids[1]);
    // The verifier has not read since: the key is new to it, so it reads once more.
    const { token } = await issueTicket(one.signer(), expected, { now });
    await t.notThrowsAsync(verifier.verify(token, expected));
    await t.notThrowsAsync(verifier.verify(old.token, expected));

    now += 300_000 + 60_000 + policy.leadMs;
    await two.refresh();
    t.deepEqual(
      two.jwks().keys.map(({ kid }) => kid),
      [kids[1] ?? ""],
    );
    await verifier.refresh();
    await t.throwsAsync(verifier.verify(old.token, expected), { code: "UNKNOWN_KEY" } as object);
  },
);

test.serial("the executor can neither read the signing keys nor write the published ones", async (t) => {
  const client = await clientOf("agent-safe-executor");
  const ref = { name: "agent-safe-ticket-keys", namespace: system };
  await t.throwsAsync(client.get(SECRETS, ref), { code: "FORBIDDEN" } as object);
  await t.throwsAsync(client.patch(CONFIG_MAPS, ref, { data: { "jwks.json": "{}" } }, { type: "merge" }), {
    code: "FORBIDDEN",
  } as object);
});

test.serial(
  "a key that someone takes out of the published set is published again before it is used again",
  async (t) => {
    const client = await clientOf("agent-safe-controller");
    const keys = createTicketKeys({
      client,
      namespace: system,
      issuer: expected.issuer,
      clock: Date.now,
      newKeyId: randomUUID,
    });
    await keys.refresh();
    await client.patch(
      CONFIG_MAPS,
      { name: "agent-safe-ticket-keys", namespace: system },
      { data: { "jwks.json": "" } },
      { type: "merge" },
    );
    await keys.refresh();
    const published = await client.get<{ data: Record<string, string> }>(CONFIG_MAPS, {
      name: "agent-safe-ticket-keys",
      namespace: system,
    });
    t.deepEqual(JSON.parse(published.data["jwks.json"] ?? ""), keys.jwks());
  },
);

test.serial("what a crash left is swept once it is old, and only if its request is closed", async (t) => {
  const client = await clientOf("agent-safe-executor");
  const namespace = "agent-safe-credentials";
  const [open, closed, fenced] = [randomUUID(), randomUUID(), randomUUID()];
  const create = (name: string, data: Record<string, string>) =>
    client.create(SECRETS, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace },
      type: "agentsafe.dev/credential",
      data,
    } as { metadata: { name: string } });
  await Promise.all([create(`${open}-1`, {}), create(`${closed}-1`, {}), create(`${fenced}-2`, { tombstone: "" })]);
  const sweep = (inMs: number) =>
    sweepCredentials({
      client,
      namespace,
      isOpen: (uid) => uid === open,
      clock: () => Date.now() + inMs,
      timeoutMs: 10_000,
    });
  const names = async () =>
    (await client.list<{ metadata: { name: string } }>(SECRETS, { namespace })).items
      .map(({ metadata }) => metadata.name)
      .toSorted();
  t.is(await sweep(0), 0);
  t.is(await sweep(20 * 60_000), 1);
  t.deepEqual(await names(), [`${open}-1`, `${fenced}-2`].toSorted());
  t.is(await sweep(25 * 3_600_000), 1);
  t.deepEqual(await names(), [`${open}-1`]);
});

test.serial("after an older etcd was restored nothing is done twice", async (t) => {
  t.timeout(400_000);
  const { namespace } = world;
  const plane = cluster.controlPlane;
  if (plane === undefined) return t.fail("this test needs a control plane of its own");
  await world.deployment("web");
  await world.target("web", "k8s-deployment", { apiVersion: "apps/v1", kind: "Deployment", namespace, name: "web" });
  await world.grant();
  const settings = {
    kubeconfig: world.executorKubeconfig,
    auditDir: join(cluster.scratch, "audit", "executor"),
    holder: "host/boot-1",
    issuer: world.issuer,
    namespace,
  };
  const request = await world.request("restart-deployment", "web");
  await world.keys.refresh();
  await world.decide(request, { namespace, deployment: "web" }, { lifetimeSeconds: 300 });
  await plane.snapshot(join(cluster.scratch, "snapshot"));
  executor = await startExecutor(settings);
  await world.finished(request);

  await plane.restore(join(cluster.scratch, "snapshot"));
  // The request has its ticket again and knows nothing of a claim; the ticket is still good.
  t.is((await waitFor(() => world.read(request), { timeoutMs: 60_000 })).status?.claim, undefined);
  const { log } = executor;
  const { name } = request.metadata;
  await waitFor(
    async () => {
      // A write of the new history: versions that the old one used up already may bring no event.
      const touched = { metadata: { annotations: { "example.com/touched": randomUUID() } } };
      await world.admin.patch(ACTION_REQUESTS, { name, namespace }, touched, { type: "merge" });
      return log.some((line) => line.includes("INTENT_EXISTS"));
    },
    { timeoutMs: 150_000, intervalMs: 2_000, what: "the refusal" },
  );
  // What became of it is in the log, and so it is told.
  const { status } = await world.finished(request);
  t.is(status?.execution?.result, "SUCCESS");
  t.regex(status?.execution?.reason ?? "", /audit log/);
  t.is(
    (
      await world.admin.get<{ metadata: { generation: number } }>(
        { group: "apps", version: "v1", plural: "deployments", namespaced: true },
        { name: "web", namespace },
      )
    ).metadata.generation,
    1,
  );
});
