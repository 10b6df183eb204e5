import { Agent } from "node:https";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { MUTATING_WEBHOOKS, SECRETS, VALIDATING_WEBHOOKS } from "../../controller/api/resources.ts";
import { createClient } from "../../controller/runtime/client.ts";
import { createJsonServer } from "../../controller/runtime/https/server.ts";
import { createTransport } from "../../controller/runtime/transport.ts";
import { silentLogger } from "../../controller/runtime/types.ts";
import { root } from "../../hack/lib/root.ts";
import { AUTHORITY_LIFETIME_MS, AUTHORITY_RENEWAL_MS } from "../../webhook/certificates/authority.ts";
import { createCertificateKeeper, SETTLE_MS } from "../../webhook/certificates/keeper.ts";
import { useCluster } from "../support/cluster.ts";
import { probe } from "../webhook/support/tls-probe.ts";

const HOUR = 60 * 60 * 1000;
const NAME = "agent-safe-webhook.agent-safe-system.svc";
const secret = { namespace: "agent-safe-system", name: "agent-safe-webhook-ca" };

// The webhook configurations are one per cluster.
const cluster = await useCluster({ own: true });
const transport = createTransport({ kubeconfig: cluster.kubeconfig, userAgent: "test" });
const admin = createClient(transport);
test.after.always("the client ends", () => transport.close());

test.before(async (t) => {
  for (const folder of ["rbac", "admission/webhooks"]) {
    const { code, stderr } = await cluster.kubectl(["apply", "--server-side", "-k", join(root, "config", folder)]);
    t.is(code, 0, stderr);
  }
});

test.beforeEach(async () => {
  await admin.patch(SECRETS, secret, [{ op: "add", path: "/data", value: {} }], { type: "json" });
});

async function replica(t: ExecutionContext, clock: () => number) {
  const kubeconfig = await cluster.asServiceAccount("agent-safe-system", "agent-safe-webhook");
  const transport = createTransport({ kubeconfig, userAgent: "test-webhook" });
  const client = createClient(transport);
  const server = createJsonServer({
    routes: { "/validate": async () => ({ status: 200, body: {} }) },
    bodyLimit: 1024,
    logger: silentLogger,
  });
  const keeper = createCertificateKeeper({
    client,
    clock,
    logger: silentLogger,
    secret,
    names: [NAME],
    onServing: server.serve,
  });
  t.teardown(async () => {
    await server.close(0);
    await transport.close();
  });
  return { keeper, port: await server.listen("127.0.0.1", 0) };
}

async function bundles(): Promise<string[]> {
  const found = [];
  for (const resource of [MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS]) {
    const { webhooks } = await admin.get<{ webhooks: { clientConfig: { caBundle?: string; service?: object } }[] }>(
      resource,
      { name: "agent-safe" },
    );
    for (const { clientConfig } of webhooks) {
      if (!clientConfig.service) throw new Error("the service reference was lost");
      found.push(Buffer.from(clientConfig.caBundle ?? "", "base64").toString());
    }
  }
  return found;
}

function certificatesIn(bundle: string | undefined): number {
  return bundle?.match(/BEGIN CERTIFICATE/g)?.length ?? 0;
}

test.serial(
  "a client works all through a rotation, with the old bundle, the new one and a kept connection",
  async (t) => {
    // The first authority was issued long enough ago to be due an hour ago; what is served is valid now.
    let now = Date.now() - (AUTHORITY_LIFETIME_MS - AUTHORITY_RENEWAL_MS) - HOUR;
    const { keeper, port } = await replica(t, () => now);
    t.false(keeper.ready());
    await keeper.check();
    now = Date.now() - 2 * HOUR + SETTLE_MS;
    await keeper.check();
    t.true(keeper.ready());
    const [oldBundle = "", ...rest] = await bundles();
    t.true(rest.every((bundle) => bundle === oldBundle));
    t.is(certificatesIn(oldBundle), 1);
    const kept = new Agent({ keepAlive: true, maxSockets: 1 });
    t.teardown(() => kept.destroy());
    const first = await probe(port, oldBundle, NAME, kept);
    t.is(first.status, 200);

    // The authority is due: a new one is announced beside the old, which still signs what is served.
    now = Date.now();
    await keeper.check();
    const [newBundle = "", ...others] = await bundles();
    t.true(others.every((bundle) => bundle === newBundle));
    t.is(certificatesIn(newBundle), 2);
    t.true(newBundle.endsWith(oldBundle));
    await keeper.check();
    t.is((await probe(port, oldBundle, NAME)).fingerprint, first.fingerprint);
    t.is((await probe(port, newBundle, NAME)).fingerprint, first.fingerprint);

    // When every API server has had time to learn the bundle, the new authority signs.
    now += SETTLE_MS;
    await keeper.check();
    const second = await probe(port, newBundle, NAME);
    t.is(second.status, 200);
    t.not(second.fingerprint, first.fingerprint);
    await t.throwsAsync(probe(port, oldBundle, NAME), undefined, "the new certificate is signed by the new authority");
    t.is((await probe(port, oldBundle, NAME, kept)).fingerprint, first.fingerprint);
  },
);

test.serial("two replicas that start at once agree on one authority", async (t) => {
  const replicas = await Promise.all([replica(t, Date.now), replica(t, Date.now), replica(t, Date.now)]);
  await Promise.all(replicas.map(({ keeper }) => keeper.check().catch(() => undefined)));
  for (const { keeper } of replicas) await keeper.check();
  const [bundle = "", ...rest] = await bundles();
  t.true(rest.every((other) => other === bundle));
  t.is(certificatesIn(bundle), 1);
  for (const { keeper, port } of replicas) {
    t.true(keeper.ready());
    t.is((await probe(port, bundle, NAME)).status, 200);
  }
});

test.serial("a caBundle that somebody emptied is put back; the rest of the configuration is left alone", async (t) => {
  const { keeper } = await replica(t, Date.now);
  await keeper.check();
  const [before] = await bundles();
  const emptied = [{ op: "remove", path: "/webhooks/0/clientConfig/caBundle" }];
  await admin.patch(MUTATING_WEBHOOKS, { name: "agent-safe" }, emptied, { type: "json" });
  await keeper.check();
  t.deepEqual(await bundles(), [before, before]);
});

test.serial("an authority that can't be read is replaced", async (t) => {
  const rubbish = Buffer.from("rubbish").toString("base64");
  await admin.patch(SECRETS, secret, { data: { "ca.crt": rubbish, "ca.key": rubbish } }, { type: "merge" });
  const { keeper, port } = await replica(t, Date.now);
  await keeper.check();
  const [bundle = ""] = await bundles();
  t.is((await probe(port, bundle, NAME)).status, 200);
});

test.serial("without the API server what is served is still renewed", async (t) => {
  let now = Date.now() - 6 * 24 * HOUR;
  const { keeper, port } = await replica(t, () => now);
  await keeper.check();
  const [bundle = ""] = await bundles();
  const first = await probe(port, bundle, NAME);
  await cluster.controlPlane?.stopApiServer();
  now = Date.now();
  await t.throwsAsync(keeper.check());
  t.not((await probe(port, bundle, NAME)).fingerprint, first.fingerprint);
  await cluster.controlPlane?.startApiServer();
});
