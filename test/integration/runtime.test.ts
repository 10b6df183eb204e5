import { join } from "node:path";
import test from "ava";
import {
  createClient,
  createEvents,
  createInformer,
  createLease,
  createTokenTransport,
  createTransport,
  eventsResource,
  type Informer,
  type KubeObject,
  leases,
  type Resource,
} from "../../controller/runtime/index.ts";
import { useCluster, waitFor } from "../support/cluster.ts";

const cluster = await useCluster({ own: true });
const transport = createTransport({ kubeconfig: cluster.kubeconfig, userAgent: "agent-safe/test" });
const client = createClient(transport);
test.after.always(() => transport.close());

const configMaps: Resource = { group: "", version: "v1", plural: "configmaps", namespaced: true };
const deployments: Resource = { group: "apps", version: "v1", plural: "deployments", namespaced: true };
const serviceAccounts: Resource = { group: "", version: "v1", plural: "serviceaccounts", namespaced: true };

interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

function configMap(namespace: string, name: string, data: Record<string, string> = {}): ConfigMap {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data };
}

/** Runs an informer for one test and keeps what its handlers were told. */
function watch(
  t: { teardown(fn: () => void): void },
  namespace: string,
  extra: { labelSelector?: string; fieldSelector?: string } = {},
) {
  const stop = new AbortController();
  const told: string[] = [];
  const informer = createInformer<ConfigMap>({
    client,
    resource: configMaps,
    namespace,
    pageSize: 20,
    timings: { backoffMaxMs: 1_000, checkMs: 2_000 },
    ...extra,
  });
  informer.on({
    add: (object) => void told.push(`add ${object.metadata.name}`),
    update: (object) => void told.push(`update ${object.metadata.name}`),
    delete: (object) => void told.push(`delete ${object.metadata.name}`),
    rewind: () => void told.push("rewind"),
  });
  const ended = informer.start(stop.signal);
  t.teardown(async () => {
    stop.abort();
    await ended;
  });
  return { informer, told };
}

/** The cache says what the API server says, to the version. */
async function agrees(informer: Informer<ConfigMap>, namespace: string): Promise<boolean> {
  const show = (objects: ConfigMap[]) =>
    objects
      .map((object) => `${object.metadata.name} ${object.metadata.uid} ${object.metadata.resourceVersion}`)
      .sort()
      .join("\n");
  const live = await client.list<ConfigMap>(configMaps, { namespace });
  return show(live.items) === show(informer.list());
}

const settle = { timeoutMs: 90_000 };

test.serial("a list goes over several pages, at one version", async (t) => {
  const namespace = await cluster.namespace();
  await Promise.all(Array.from({ length: 45 }, (_, i) => client.create(configMaps, configMap(namespace, `c${i}`))));
  let pages = 0;
  const versions = new Set<string>();
  for await (const page of client.listPages(configMaps, { namespace, limit: 20 })) {
    pages += 1;
    versions.add(page.resourceVersion);
  }
  t.true(pages >= 3);
  t.is(versions.size, 1);
  // kube-root-ca.crt is put into every namespace.
  t.true((await client.list(configMaps, { namespace, limit: 20 })).items.length >= 45);
});

test.serial("a write from an old version is a conflict, and changes nothing", async (t) => {
  const namespace = await cluster.namespace();
  const first = await client.create(configMaps, configMap(namespace, "a", { x: "1" }));
  const ref = { namespace, name: "a" };
  const second = await client.patch<ConfigMap>(configMaps, ref, { data: { x: "2" } }, { type: "merge" });
  await t.throwsAsync(client.replace(configMaps, { ...first, data: { x: "3" } }), { code: "CONFLICT" });
  const stale = { metadata: { resourceVersion: first.metadata.resourceVersion }, data: { x: "4" } };
  await t.throwsAsync(client.patch(configMaps, ref, stale, { type: "merge" }), { code: "CONFLICT" });
  await t.throwsAsync(client.create(configMaps, configMap(namespace, "a")), { code: "ALREADY_EXISTS" });
  t.deepEqual(await client.get(configMaps, ref), second);

  const labels = { app: "web" };
  const spec = {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } },
  };
  const web = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace },
    spec: { replicas: 0, ...spec },
  };
  const deployment = await client.create<KubeObject>(deployments, web);
  const resourceVersion = deployment.metadata.resourceVersion ?? "";
  const touched = await client.patch<KubeObject>(
    deployments,
    { namespace, name: "web" },
    { metadata: { annotations: { a: "b" } } },
    { type: "strategic" },
  );
  t.not(touched.metadata.resourceVersion, resourceVersion);
  const status = { metadata: { resourceVersion }, status: { observedGeneration: 99 } };
  await t.throwsAsync(client.patchStatus(deployments, { namespace, name: "web" }, status), {
    code: "CONFLICT",
    message: /modified/,
  });
});

test.serial("server-side apply owns fields, refuses others' without force, and can be tried dry", async (t) => {
  const namespace = await cluster.namespace();
  await client.apply(configMaps, configMap(namespace, "a", { x: "1" }), { fieldManager: "one" });
  const other = configMap(namespace, "a", { x: "2" });
  const conflict = await t.throwsAsync(client.apply(configMaps, other, { fieldManager: "two" }), { code: "CONFLICT" });
  t.regex(conflict?.message ?? "", /conflict/i);
  const dry = await client.apply(configMaps, other, { fieldManager: "two", force: true, dryRun: true });
  t.is(dry.data?.x, "2");
  t.is((await client.get<ConfigMap>(configMaps, { namespace, name: "a" })).data?.x, "1");
  t.is((await client.apply(configMaps, other, { fieldManager: "two", force: true })).data?.x, "2");
  const invalid = { ...other, data: { "bad key!": "x" } };
  const error = await t.throwsAsync(client.apply(configMaps, invalid, { fieldManager: "two", force: true }), {
    code: "INVALID",
  });
  t.regex(error?.message ?? "", /bad key!/);
  const strict = { ...configMap(namespace, "b"), surprise: 1 };
  await t.throwsAsync(client.create(configMaps, strict, { fieldValidation: "Strict" }), {
    code: "BAD_REQUEST",
    message: /surprise/,
  });
});

test.serial("a deletion with the UID of another object is refused", async (t) => {
  const namespace = await cluster.namespace();
  const ref = { namespace, name: "a" };
  const first = await client.create(configMaps, configMap(namespace, "a"));
  await client.delete(configMaps, ref, { uid: first.metadata.uid });
  const second = await client.create(configMaps, configMap(namespace, "a"));
  await t.throwsAsync(client.delete(configMaps, ref, { uid: first.metadata.uid }), { code: "CONFLICT" });
  t.is((await client.get<ConfigMap>(configMaps, ref)).metadata.uid, second.metadata.uid);
  await client.delete(configMaps, ref, {
    resourceVersion: second.metadata.resourceVersion,
    propagationPolicy: "Background",
  });
  await t.throwsAsync(client.get(configMaps, ref), { code: "NOT_FOUND" });
});

test.serial("a token transport is the account of its token, though its base is an admin by certificate", async (t) => {
  const namespace = await cluster.namespace();
  await client.create(serviceAccounts, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "narrow", namespace },
  });
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 600 } };
  const answer = await client.createSubresource<{ status: { token: string } }>(
    serviceAccounts,
    { namespace, name: "narrow" },
    "token",
    request,
  );
  const narrow = createClient(createTokenTransport(transport, answer.status.token));
  const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
  const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
  const who = await narrow.raw<{ status: { userInfo: { username: string } } }>("POST", path, { body: review });
  t.is(who.status.userInfo.username, `system:serviceaccount:${namespace}:narrow`);
  await t.throwsAsync(narrow.list(configMaps, { namespace }), { code: "FORBIDDEN" });
  const wrong = createClient(createTokenTransport(transport, "not-a-token"));
  await t.throwsAsync(wrong.list(configMaps, { namespace }), { code: "UNAUTHORIZED" });
});

test.serial("leases: two holders, one leader, then the other", async (t) => {
  const namespace = await cluster.namespace();
  const make = (identity: string) =>
    createLease({
      client,
      namespace,
      name: "leader",
      identity,
      clock: Date.now,
      monotonic: () => performance.now(),
      onLost: (reason) => t.fail(reason),
      retryMs: 200,
    });
  const a = make("a");
  const b = make("b");
  await a.start();
  const second = b.start();
  const stored = await client.get<KubeObject & { spec: Record<string, unknown> }>(leases, {
    namespace,
    name: "leader",
  });
  t.regex(String(stored.spec.renewTime), /\.\d{6}Z$/);
  t.true(a.isLeader());
  t.false(b.isLeader());
  // The reason for the six digits: what JavaScript writes by itself is refused.
  const plain = { ...stored, metadata: { name: "plain", namespace }, spec: { renewTime: new Date(0).toISOString() } };
  await t.throwsAsync(client.create(leases, plain), { code: "BAD_REQUEST", message: /parsing time/ });
  await a.stop();
  await second;
  t.true(b.isLeader());
  await b.stop();
});

test.serial("events are accepted, and equal ones become a series", async (t) => {
  const namespace = await cluster.namespace();
  const object = await client.create(configMaps, configMap(namespace, "a"));
  const events = createEvents({ client, reportingController: "agentsafe.dev/test", reportingInstance: "test-0" });
  const regarding = { apiVersion: "v1", kind: "ConfigMap", namespace, name: "a", uid: object.metadata.uid };
  const emit = () =>
    events.emit({ regarding, type: "Warning", reason: "Denied", action: "Decide", note: "no rule matches" });
  emit();
  await events.flush(10_000);
  emit();
  emit();
  await events.flush(10_000);
  const { items } = await client.list<KubeObject & { note: string; series?: { count: number } }>(eventsResource, {
    namespace,
  });
  t.is(items.length, 1);
  t.is(items[0]?.note, "no rule matches");
  t.true((items[0]?.series?.count ?? 0) >= 2);
  const shown = await cluster.kubectl(["get", "events", "-n", namespace]);
  t.regex(shown.stdout, /Denied/);
});

test.serial("selectors: an object that leaves the selection is told as deleted", async (t) => {
  const namespace = await cluster.namespace();
  const { informer, told } = watch(t, namespace, { labelSelector: "open=yes", fieldSelector: "metadata.name!=hidden" });
  await informer.synced;
  const labelled = (name: string) => {
    const object = configMap(namespace, name);
    object.metadata.labels = { open: "yes" };
    return object;
  };
  await client.create(configMaps, labelled("hidden"));
  await client.create(configMaps, labelled("a"));
  await client.create(configMaps, configMap(namespace, "unlabelled"));
  const closed = await client.patch<ConfigMap>(
    configMaps,
    { namespace, name: "a" },
    { metadata: { labels: { open: "no" } } },
    { type: "merge" },
  );
  await informer.waitForResourceVersion(closed.metadata.resourceVersion ?? "");
  t.deepEqual(told, ["add a", "delete a"]);
});

test.serial("read your own writes: the cache is waited for in milliseconds", async (t) => {
  const namespace = await cluster.namespace();
  const { informer } = watch(t, namespace);
  await informer.synced;
  await client.create(configMaps, configMap(namespace, "sentinel"));
  const took: number[] = [];
  for (let i = 0; i < 30; i += 1) {
    const startedAt = performance.now();
    const patch = { metadata: { annotations: { "agentsafe.dev/fresh-at": String(i) } } };
    const written = await client.patch<ConfigMap>(configMaps, { namespace, name: "sentinel" }, patch, {
      type: "merge",
    });
    await informer.waitForResourceVersion(written.metadata.resourceVersion ?? "", {
      signal: AbortSignal.timeout(30_000),
    });
    t.is(informer.get(`${namespace}/sentinel`)?.metadata.annotations?.["agentsafe.dev/fresh-at"], String(i));
    took.push(performance.now() - startedAt);
  }
  took.sort((a, b) => a - b);
  t.log(`patch until seen: median ${took[15]?.toFixed(1)} ms, worst ${took.at(-1)?.toFixed(1)} ms`);
});

test.serial("an informer goes on through the API server's death and its standing still", async (t) => {
  const namespace = await cluster.namespace();
  const { informer, told } = watch(t, namespace);
  await informer.synced;
  const before = await client.create(configMaps, configMap(namespace, "before"));
  await informer.waitForResourceVersion(before.metadata.resourceVersion ?? "");
  await cluster.controlPlane?.stopApiServer();
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await cluster.controlPlane?.startApiServer();
  await client.delete(configMaps, { namespace, name: "before" });
  await client.create(configMaps, configMap(namespace, "before", { again: "yes" }));
  await client.create(configMaps, configMap(namespace, "after"));
  await waitFor(() => agrees(informer, namespace), { what: "the cache after the restart", ...settle });
  t.deepEqual(
    told.filter((line) => line.endsWith(" before")),
    ["add before", "delete before", "add before"],
  );
  cluster.controlPlane?.pauseApiServer();
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  cluster.controlPlane?.resumeApiServer();
  await client.create(configMaps, configMap(namespace, "resumed"));
  await waitFor(() => agrees(informer, namespace), { what: "the cache after the pause", ...settle });
  t.true(told.includes("add resumed"));
});

test.serial("an older store behind the API server is noticed, and the cache follows it back", async (t) => {
  const namespace = await cluster.namespace();
  const { informer, told } = watch(t, namespace);
  await informer.synced;
  await client.create(configMaps, configMap(namespace, "kept", { state: "old" }));
  const directory = join(cluster.scratch, "snapshot");
  await cluster.controlPlane?.snapshot(directory);
  await client.patch(configMaps, { namespace, name: "kept" }, { data: { state: "new" } }, { type: "merge" });
  for (let i = 0; i < 200; i += 1) await client.create(configMaps, configMap(namespace, `lost${i}`));
  await waitFor(() => agrees(informer, namespace), { what: "the cache before the restore", ...settle });
  const versionBefore = BigInt(informer.resourceVersion);
  const waiting = informer.waitForResourceVersion(String(versionBefore + 1_000_000n));
  waiting.catch(() => undefined);
  await cluster.controlPlane?.restore(directory);
  await waitFor(() => agrees(informer, namespace), { what: "the cache after the restore", ...settle });
  t.is(informer.get(`${namespace}/kept`)?.data?.state, "old");
  t.is(informer.get(`${namespace}/lost199`), undefined);
  t.is(told.filter((line) => line.startsWith("delete lost")).length, 200);
  await client.create(configMaps, configMap(namespace, "fresh"));
  await waitFor(() => agrees(informer, namespace), { what: "the cache going on", ...settle });
  if (informer.rewinds > 0) await t.throwsAsync(waiting, { code: "GONE" });
  t.log(`rewinds ${informer.rewinds}; version ${versionBefore} before, ${informer.resourceVersion} after`);
});
