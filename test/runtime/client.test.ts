import test, { type ExecutionContext } from "ava";
import { createClient, createTransport, type KubeClient, type Resource } from "../../controller/runtime/index.ts";
import { configMaps } from "./informer-harness.ts";
import { configMap, failWith, json, type ScriptedServer, startScriptedServer } from "./scripted-server.ts";

async function setUp(t: ExecutionContext): Promise<{ api: ScriptedServer; client: KubeClient }> {
  const api = await startScriptedServer();
  api.answer = (_seen, response) => json(response, 200, configMap("a", 7));
  const transport = createTransport({ userAgent: "t", access: api.access });
  t.teardown(async () => {
    await transport.close();
    await api.close();
  });
  return { api, client: createClient(transport) };
}

const requests: Resource = { group: "agentsafe.dev", version: "v1alpha1", plural: "actionrequests", namespaced: true };
const nodes: Resource = { group: "", version: "v1", plural: "nodes", namespaced: false };
const ref = { namespace: "default", name: "a" };

test("each verb asks what the API defines", async (t) => {
  const { api, client } = await setUp(t);
  const calls: [() => Promise<unknown>, string, string | undefined, unknown][] = [
    [
      () => client.get(requests, ref),
      "GET /apis/agentsafe.dev/v1alpha1/namespaces/default/actionrequests/a",
      undefined,
      "",
    ],
    [() => client.get(nodes, { name: "n1" }), "GET /api/v1/nodes/n1", undefined, ""],
    [
      () => client.create(configMaps, configMap("a", 1), { dryRun: true, fieldValidation: "Strict" }),
      "POST /api/v1/namespaces/default/configmaps?dryRun=All&fieldValidation=Strict",
      "application/json",
      configMap("a", 1),
    ],
    [
      () => client.apply(configMaps, configMap("a", 1), { fieldManager: "me", force: true }),
      "PATCH /api/v1/namespaces/default/configmaps/a?fieldManager=me&force=true",
      "application/apply-patch+yaml",
      configMap("a", 1),
    ],
    [
      () => client.patch(configMaps, ref, { data: { x: null } }, { type: "merge" }),
      "PATCH /api/v1/namespaces/default/configmaps/a",
      "application/merge-patch+json",
      { data: { x: null } },
    ],
    [
      () => client.patch(configMaps, ref, [{ op: "remove", path: "/data" }], { type: "json", dryRun: true }),
      "PATCH /api/v1/namespaces/default/configmaps/a?dryRun=All",
      "application/json-patch+json",
      [{ op: "remove", path: "/data" }],
    ],
    [
      () => client.patch(nodes, { name: "n1" }, {}, { type: "strategic", subresource: "status" }),
      "PATCH /api/v1/nodes/n1/status",
      "application/strategic-merge-patch+json",
      {},
    ],
    [
      () => client.patchStatus(requests, ref, { metadata: { resourceVersion: "7" }, status: { settled: true } }),
      "PATCH /apis/agentsafe.dev/v1alpha1/namespaces/default/actionrequests/a/status",
      "application/merge-patch+json",
      { metadata: { resourceVersion: "7" }, status: { settled: true } },
    ],
    [
      () => client.replace(configMaps, configMap("a", 3)),
      "PUT /api/v1/namespaces/default/configmaps/a",
      "application/json",
      configMap("a", 3),
    ],
    [
      () =>
        client.delete(configMaps, ref, {
          uid: "u",
          resourceVersion: "3",
          propagationPolicy: "Foreground",
          gracePeriodSeconds: 0,
        }),
      "DELETE /api/v1/namespaces/default/configmaps/a",
      "application/json",
      {
        apiVersion: "v1",
        kind: "DeleteOptions",
        gracePeriodSeconds: 0,
        propagationPolicy: "Foreground",
        preconditions: { uid: "u", resourceVersion: "3" },
      },
    ],
    [
      () => client.createSubresource({ ...configMaps, plural: "serviceaccounts" }, ref, "token", { spec: {} }),
      "POST /api/v1/namespaces/default/serviceaccounts/a/token",
      "application/json",
      { spec: {} },
    ],
    [() => client.raw("GET", "/readyz", { query: { verbose: true } }), "GET /readyz?verbose=true", undefined, ""],
  ];
  for (const [call, line, contentType, body] of calls) {
    api.seen.length = 0;
    await call();
    const seen = api.seen[0];
    const query = seen?.query.toString();
    t.is(`${seen?.method} ${seen?.path}${query ? `?${query}` : ""}`, line);
    t.is(seen?.headers["content-type"], contentType);
    t.deepEqual(seen?.body === "" ? "" : JSON.parse(seen?.body ?? ""), body);
  }
});

test("headers of the caller are sent along", async (t) => {
  const { api, client } = await setUp(t);
  await client.create(configMaps, configMap("a", 1), { headers: { "impersonate-user": "alice" } });
  t.is(api.seen[0]?.headers["impersonate-user"], "alice");
});

test("fields that we do not know survive", async (t) => {
  const { api, client } = await setUp(t);
  api.answer = (_seen, response) =>
    json(response, 200, { metadata: { name: "a", novel: { deep: [1] } }, status: { other: true } });
  t.deepEqual(await client.get(configMaps, ref), {
    metadata: { name: "a", novel: { deep: [1] } },
    status: { other: true },
  });
});

test("a status patch without a version is refused before it is sent", async (t) => {
  const { api, client } = await setUp(t);
  const patch = { metadata: {}, status: {} } as Parameters<KubeClient["patchStatus"]>[2];
  await t.throwsAsync(client.patchStatus(requests, ref, patch), { code: "CONFIG", message: /resourceVersion/ });
  t.is(api.seen.length, 0);
});

for (const name of ["..", ".", "", "a/b", "a?x=1", "a%2fb", "a#b", "a b", "a\\b"]) {
  test(`a name that would change the path is refused: ${JSON.stringify(name)}`, async (t) => {
    const { api, client } = await setUp(t);
    await t.throwsAsync(client.get(configMaps, { namespace: "default", name }), { code: "CONFIG" });
    await t.throwsAsync(client.get(configMaps, { namespace: name, name: "a" }), { code: "CONFIG" });
    t.is(api.seen.length, 0);
  });
}

test("a name in a namespace that its resource has not, or the other way round, is refused", async (t) => {
  const { client } = await setUp(t);
  await t.throwsAsync(client.get(nodes, ref), { code: "CONFIG" });
  await t.throwsAsync(client.get(configMaps, { name: "a" }), { code: "CONFIG" });
});

test("a list goes over all its pages and names the version of the whole", async (t) => {
  const { api, client } = await setUp(t);
  api.nextList(
    (_seen, response) =>
      json(response, 200, { metadata: { resourceVersion: "9", continue: "c1" }, items: [configMap("a", 1)] }),
    (_seen, response) => json(response, 200, { metadata: { resourceVersion: "9", continue: "" }, items: null }),
  );
  const listed = await client.list(configMaps, { namespace: "default", resourceVersion: "5" });
  t.is(listed.items.length, 1);
  t.is(listed.resourceVersion, "9");
  t.is(api.seen[0]?.query.get("resourceVersion"), "5");
  t.is(api.seen[1]?.query.get("resourceVersion"), null);
});

test("a list whose pages keep expiring is asked for in one piece, and does not loop", async (t) => {
  const { api, client } = await setUp(t);
  const page = (_seen: unknown, response: Parameters<typeof json>[0]) =>
    json(response, 200, { metadata: { resourceVersion: "9", continue: "c" }, items: [configMap("a", 1)] });
  api.state.items = [configMap("b", 2)];
  api.nextList(page, failWith(410, "Expired"), page, failWith(410, "Expired"));
  t.deepEqual((await client.list(configMaps)).items.length, 1);
  t.is(api.seen.at(-1)?.query.get("limit"), "0");
  api.nextList(failWith(410, "Expired"));
  await t.throwsAsync(client.list(configMaps), { code: "GONE" });
});
