import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import {
  createClient,
  createTokenTransport,
  createTransport,
  type TransportOptions,
} from "../../controller/runtime/index.ts";
import { configMaps } from "./informer-harness.ts";
import { issueTestPki } from "./pki.ts";
import { configMap, failWith, json, type Step, startScriptedServer, until } from "./scripted-server.ts";

async function setUp(
  t: ExecutionContext,
  options: Partial<TransportOptions> = {},
  pki?: Awaited<ReturnType<typeof issueTestPki>>,
) {
  const api = await startScriptedServer(pki && { ...pki.server, clientCa: pki.ca });
  const access = { ...api.access, ...(pki ? { ca: pki.ca } : {}), ...options.access };
  const transport = createTransport({ userAgent: "agent-safe/test", timeoutMs: 5_000, ...options, access });
  t.teardown(async () => {
    await transport.close();
    await api.close();
  });
  return { api, transport, client: createClient(transport) };
}

function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), "agent-safe-"));
  t.teardown(() => rmSync(path, { recursive: true }));
  return path;
}

/** Steps for requests that are neither lists nor watches, one after the other; the last one stays. */
function script(...steps: Step[]): Step {
  return (seen, response) => (steps.length > 1 ? steps.shift() : steps[0])?.(seen, response);
}

const ok: Step = (_seen, response) => json(response, 200, configMap("a", 1));

test("500 lists one after the other over TLS open at most two connections", async (t) => {
  const { api, client } = await setUp(t, {}, await issueTestPki());
  for (let i = 0; i < 500; i += 1) await client.list(configMaps);
  t.is(api.seen.length, 500);
  t.true(api.connections() <= 2, `${api.connections()} connections`);
  t.is(api.seen[0]?.headers["user-agent"], "agent-safe/test");
});

test("watches that stay open do not hold up other requests", async (t) => {
  const { api, client, transport } = await setUp(t);
  const streams = await Promise.all(
    Array.from({ length: 20 }, () => transport.stream({ method: "GET", path: "/api/v1/configmaps?watch=1" })),
  );
  await client.list(configMaps);
  t.is(api.watches.size, 20);
  for (const stream of streams) stream.destroy();
  await until(() => api.watches.size === 0, "the watches to end");
});

test("a server certificate of another authority is refused", async (t) => {
  const pki = await issueTestPki();
  const other = await issueTestPki();
  const { api } = await setUp(t, {}, pki);
  const transport = createTransport({ userAgent: "t", access: { ...api.access, ca: other.ca } });
  t.teardown(() => transport.close());
  await t.throwsAsync(transport.request({ method: "GET", path: "/" }), { code: "CONNECTION" });
});

test("a token transport never shows the client certificate of its base", async (t) => {
  const pki = await issueTestPki();
  const api = await startScriptedServer({ ...pki.server, clientCa: pki.ca });
  const peers: { cert: boolean; authorization?: string }[] = [];
  api.answer = (seen, response) => {
    const socket = response.socket as unknown as { getPeerCertificate(): { subject?: object } };
    peers.push({ cert: socket.getPeerCertificate().subject !== undefined, authorization: seen.headers.authorization });
    json(response, 200, {});
  };
  const base = createTransport({ userAgent: "t", access: { ...api.access, ca: pki.ca, ...pki.client } });
  t.teardown(async () => {
    await base.close();
    await api.close();
  });
  await base.request({ method: "GET", path: "/x" });
  await createTokenTransport(base, "narrow").request({ method: "GET", path: "/x" });
  t.deepEqual(peers, [
    { cert: true, authorization: undefined },
    { cert: false, authorization: "Bearer narrow" },
  ]);
});

test("429 with Retry-After is waited out, for a write too", async (t) => {
  const { api, client } = await setUp(t);
  api.answer = script(failWith(429, "TooManyRequests", { "retry-after": "1" }), ok);
  const startedAt = performance.now();
  await client.create(configMaps, configMap("a", 0));
  t.true(performance.now() - startedAt >= 950);
  t.is(api.seen.length, 2);
});

test("429 is given up after some tries, or at the deadline, as a typed error", async (t) => {
  const { api, client } = await setUp(t, { retries: 2 });
  api.answer = failWith(429, "TooManyRequests", { "retry-after": "0" });
  const error = await t.throwsAsync(client.create(configMaps, configMap("a", 0)), { code: "TOO_MANY_REQUESTS" });
  t.like(error, { status: 429, reason: "TooManyRequests", retryable: true });
  t.is(api.seen.length, 3);
  api.answer = failWith(429, "TooManyRequests", { "retry-after": "3600" });
  const startedAt = performance.now();
  await t.throwsAsync(client.create(configMaps, configMap("a", 0), { timeoutMs: 2_000 }), {
    code: "TOO_MANY_REQUESTS",
  });
  t.true(performance.now() - startedAt < 9_000);
});

test("an eviction's 429 is an answer, not something to wait for", async (t) => {
  const { api, client } = await setUp(t);
  api.answer = failWith(429, "TooManyRequests", { "retry-after": "0" });
  const pods = { ...configMaps, plural: "pods" };
  await t.throwsAsync(client.createSubresource(pods, { namespace: "default", name: "p" }, "eviction", {}), {
    code: "TOO_MANY_REQUESTS",
  });
  t.is(api.seen.length, 1);
});

test("an error answer becomes a typed error with the details of its Status", async (t) => {
  const { api, client } = await setUp(t);
  const details = {
    name: "a",
    kind: "ConfigMap",
    causes: [{ field: "data", message: "no", reason: "FieldValueInvalid" }],
  };
  for (const [status, reason, code, retryable] of [
    [400, "BadRequest", "BAD_REQUEST", false],
    [401, "Unauthorized", "UNAUTHORIZED", false],
    [403, "Forbidden", "FORBIDDEN", false],
    [404, "NotFound", "NOT_FOUND", false],
    [409, "Conflict", "CONFLICT", true],
    [409, "AlreadyExists", "ALREADY_EXISTS", false],
    [410, "Expired", "GONE", false],
    [422, "Invalid", "INVALID", false],
    [500, "InternalError", "SERVER_ERROR", true],
    [418, "Teapot", "API_ERROR", false],
  ] as const) {
    api.answer = (_seen, response) =>
      json(response, status, { kind: "Status", code: status, reason, message: "told", details });
    const error = await t.throwsAsync(client.get(configMaps, { namespace: "default", name: "a" }), { code });
    t.like(error, { status, reason, retryable, details });
    t.regex(error?.message ?? "", /^GET \/api\/v1\/namespaces\/default\/configmaps\/a: \d+: told$/);
  }
});

test("an error page that is no Status is cut short and still typed", async (t) => {
  const { api, client } = await setUp(t);
  api.answer = (_seen, response) => void response.writeHead(502).end(`<html>${"x".repeat(10_000)}`);
  const error = await t.throwsAsync(client.get(configMaps, { namespace: "default", name: "a" }), {
    code: "SERVER_ERROR",
  });
  t.true((error?.message.length ?? 0) < 500);
});

test("an answer that never comes, a caller who gives up and a server that is not there are told apart", async (t) => {
  const { api, client, transport } = await setUp(t);
  api.answer = () => undefined;
  const ref = { namespace: "default", name: "a" };
  await t.throwsAsync(client.get(configMaps, ref, { timeoutMs: 50 }), { code: "TIMEOUT" });
  await t.throwsAsync(client.get(configMaps, ref, { signal: AbortSignal.timeout(50) }), { code: "ABORTED" });
  await t.throwsAsync(client.get(configMaps, ref, { signal: AbortSignal.abort() }), { code: "ABORTED" });
  await api.close();
  await t.throwsAsync(transport.request({ method: "GET", path: "/" }), { code: "CONNECTION" });
});

test("a body that stops in the middle is a time-out, too", async (t) => {
  const { api, client } = await setUp(t);
  api.answer = (_seen, response) => {
    response.writeHead(200);
    response.write('{"metadata":');
  };
  await t.throwsAsync(client.get(configMaps, { namespace: "default", name: "a" }, { timeoutMs: 100 }), {
    code: "TIMEOUT",
  });
});

test("what is too large is refused in both directions", async (t) => {
  const { api, client } = await setUp(t, { maxRequestBytes: 1_000, maxResponseBytes: 2_000 });
  const large = { ...configMap("a", 1), data: { text: "é".repeat(600) } };
  await t.throwsAsync(client.create(configMaps, large), { code: "REQUEST_TOO_LARGE" });
  t.is(api.seen.length, 0);
  api.answer = (_seen, response) => json(response, 200, { text: "x".repeat(5_000) });
  await t.throwsAsync(client.get(configMaps, { namespace: "default", name: "a" }), { code: "RESPONSE_TOO_LARGE" });
});

test("a redirection is an error: no credential goes to another server", async (t) => {
  const { api, client } = await setUp(t);
  const other = await startScriptedServer();
  t.teardown(() => other.close());
  api.answer = (_seen, response) => void response.writeHead(307, { location: other.access.server }).end();
  await t.throwsAsync(client.get(configMaps, { namespace: "default", name: "a" }), {
    code: "API_ERROR",
    message: /307/,
  });
  t.is(other.seen.length, 0);
});

test("a token that no header can hold is a mistake of the caller", async (t) => {
  const { transport } = await setUp(t);
  const bad = createTokenTransport(transport, "two\nlines");
  await t.throwsAsync(bad.request({ method: "GET", path: "/" }), { code: "CONFIG" });
});

test("an answer that is not JSON is a typed error", async (t) => {
  const { api, client } = await setUp(t);
  api.answer = (_seen, response) => void response.writeHead(200).end("{half");
  await t.throwsAsync(client.get(configMaps, { namespace: "default", name: "a" }), { code: "MALFORMED_RESPONSE" });
});

test("a kept-alive connection that is gone is replaced for a read, never for a write", async (t) => {
  const { api, client } = await setUp(t);
  const cut: Step = (_seen, response) => void response.socket?.resetAndDestroy();
  api.answer = script(cut, ok);
  await t.notThrowsAsync(client.get(configMaps, { namespace: "default", name: "a" }));
  api.answer = script(cut, ok);
  await t.throwsAsync(client.create(configMaps, configMap("a", 1)), { code: "CONNECTION" });
});

test("a token file is read again after a minute, and at once after a 401", async (t) => {
  const path = join(folder(t), "token");
  writeFileSync(path, "one\n");
  let now = 0;
  const api = await startScriptedServer();
  const access = { ...api.access, credential: { kind: "tokenFile" as const, path } };
  const transport = createTransport({ userAgent: "t", access, clock: () => now });
  t.teardown(async () => {
    await transport.close();
    await api.close();
  });
  let valid = "one";
  api.answer = (seen, response) =>
    seen.headers.authorization === `Bearer ${valid}`
      ? ok(seen, response)
      : failWith(401, "Unauthorized")(seen, response);
  const get = () => transport.request({ method: "GET", path: "/x" });
  await get();
  writeFileSync(path, "two");
  await get();
  now += 61_000;
  valid = "two";
  await get();
  t.is(api.seen.length, 3);
  writeFileSync(path, "three");
  valid = "three";
  await get();
  t.is(api.seen.length, 5);
  valid = "none";
  await t.throwsAsync(get(), { code: "UNAUTHORIZED" });
  t.is(api.seen.length, 7);
});

test("a token file that is missing or empty fails the request with its name", async (t) => {
  const path = join(folder(t), "token");
  const { transport } = await setUp(t, {
    access: { server: "http://127.0.0.1:1", insecure: false, credential: { kind: "tokenFile", path } },
  });
  await t.throwsAsync(transport.request({ method: "GET", path: "/" }), {
    code: "CONFIG",
    message: /cannot read token file/,
  });
  writeFileSync(path, "\n");
  await t.throwsAsync(transport.request({ method: "GET", path: "/" }), { code: "CONFIG", message: /is empty/ });
});
