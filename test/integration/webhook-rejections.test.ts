import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { Agent, request } from "undici";
import { CONTROLLER_ENDPOINT_NAME, roleUsername, SYSTEM_NAMESPACE } from "../../controller/api/names.ts";
import { CONFIG_MAPS } from "../../controller/api/resources.ts";
import { createRejectionsEndpoint } from "../../controller/reconcilers/rejections.ts";
import type { Rejection } from "../../controller/runtime/rejections.ts";
import { silentLogger } from "../../controller/runtime/types.ts";
import { freePort } from "../../hack/lib/ports.ts";
import { root } from "../../hack/lib/root.ts";
import { createRejectionReporter } from "../../webhook/rejections/reporter.ts";
import { useCluster, waitFor } from "../support/cluster.ts";
import { clientOf, tokenFile } from "../webhook/support/install.ts";

// The endpoint is published in one ConfigMap of the cluster.
const cluster = await useCluster({ own: true });
const configMap = { namespace: SYSTEM_NAMESPACE, name: CONTROLLER_ENDPOINT_NAME };
const AUDIENCE = "agent-safe-controller";
const DAY = 24 * 60 * 60 * 1000;

const refusal = {
  kind: "ActionRequest",
  namespace: "agents",
  username: "system:serviceaccount:agents:deploy-bot",
  subject: "restart-deployment",
  target: "dev/web",
  codes: ["UnknownParameter"],
  message: "spec.params.x: not a parameter",
};

test.before(async () => {
  const { code, stderr } = await cluster.kubectl(["apply", "--server-side", "-k", join(root, "config", "rbac")]);
  if (code !== 0) throw new Error(stderr);
});

interface Options {
  clock?: () => number;
  record?: (rejections: readonly Rejection[]) => Promise<void>;
}

/** The controller's endpoint under the controller's own account. */
async function endpoint(t: ExecutionContext, { clock = Date.now, record }: Options = {}) {
  const { client, close } = await clientOf(cluster, "agent-safe-controller");
  const recorded: Rejection[] = [];
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const served = createRejectionsEndpoint({
    client,
    clock,
    logger: silentLogger,
    configMap,
    url,
    username: roleUsername("webhook"),
    record: record ?? (async (rejections) => void recorded.push(...rejections)),
  });
  await served.listen("127.0.0.1", port);
  await served.check();
  t.teardown(async () => {
    await served.close();
    close();
  });
  return { ...served, recorded, url };
}

/** The webhook's reporter under the webhook's own account; `stop` sends what is left. */
async function reporter(t: ExecutionContext, file: string) {
  const { client, close } = await clientOf(cluster, "agent-safe-webhook");
  const options = { client, clock: Date.now, logger: silentLogger, endpoint: configMap, intervalMs: 50 };
  const created = createRejectionReporter({ ...options, tokenFile: file });
  const stopping = new AbortController();
  const ended = created.run(stopping.signal);
  t.teardown(async () => {
    stopping.abort();
    await ended;
    close();
  });
  return created;
}

async function post(url: string, body: unknown, token?: string): Promise<number> {
  const { data } = await cluster.adminClient.get<{ data: Record<string, string> }>(CONFIG_MAPS, configMap);
  const dispatcher = new Agent({ connect: { ca: data["ca.crt"] } });
  const headers = { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const answer = await request(`${url}/rejections`, {
    method: "POST",
    dispatcher,
    headers,
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  await answer.body.dump();
  await dispatcher.close();
  return answer.statusCode;
}

function batch() {
  const at = new Date().toISOString();
  return { id: randomUUID(), rejections: [{ ...refusal, count: 2, firstAt: at, lastAt: at }] };
}

const token = async (account: string, audience: string) =>
  readFileSync(await tokenFile(cluster, account, audience), "utf8").trim();

test.serial("rejections reach the controller's log, counted together", async (t) => {
  const { recorded } = await endpoint(t);
  const { record } = await reporter(t, await tokenFile(cluster, "agent-safe-webhook", AUDIENCE));
  for (let index = 0; index < 100; index++) record(refusal);
  record({ ...refusal, target: "dev/api" });
  const total = (where: string) =>
    recorded.filter(({ target }) => target === where).reduce((sum, { count }) => sum + count, 0);
  await waitFor(async () => total("dev/web") === 100 && total("dev/api") === 1, { what: "all rejections" });
  t.true(recorded.length < 10);
});

test.serial("only the webhook's own token for this audience opens it", async (t) => {
  const { url, recorded } = await endpoint(t);
  t.is(await post(url, batch()), 401);
  t.is(await post(url, batch(), "not-a-token"), 403);
  t.is(await post(url, batch(), await token("agent-safe-webhook", "https://kubernetes.default.svc")), 403);
  t.is(await post(url, batch(), await token("agent-safe-webhook", "agent-safe-executor")), 403);
  t.is(await post(url, batch(), await token("agent-safe-executor", AUDIENCE)), 403);
  t.is(await post(url, batch(), await token("agent-safe-controller", AUDIENCE)), 403);
  t.deepEqual(recorded, []);
  t.is(await post(url, batch(), await token("agent-safe-webhook", AUDIENCE)), 200);
  t.is(recorded.length, 1);
});

test.serial("what is no batch is refused, and a batch that comes twice is recorded once", async (t) => {
  const { url, recorded } = await endpoint(t);
  const good = await token("agent-safe-webhook", AUDIENCE);
  t.is(await post(url, "{", good), 400);
  t.is(await post(url, { rejections: [] }, good), 400);
  t.is(await post(url, `"${"x".repeat(2 * 1024 * 1024)}"`, good).catch(() => 413), 413);
  const once = batch();
  t.is(await post(url, once, good), 200);
  t.is(await post(url, once, good), 200);
  t.is(recorded.length, 1);
});

test.serial("a log that can't be written makes the webhook send it again", async (t) => {
  const recorded: Rejection[] = [];
  let writable = false;
  await endpoint(t, {
    record: async (rejections) => {
      if (!writable) throw new Error("the log can't be written");
      recorded.push(...rejections);
    },
  });
  const created = await reporter(t, await tokenFile(cluster, "agent-safe-webhook", AUDIENCE));
  created.record(refusal);
  await new Promise((resolve) => setTimeout(resolve, 500));
  t.deepEqual(recorded, []);
  writable = true;
  await waitFor(async () => recorded.length === 1, { timeoutMs: 60_000, what: "the rejection" });
  t.is(created.lost, 0);
});

test.serial("a controller that moved is found again, and its endpoint is put back when changed", async (t) => {
  const first = await endpoint(t);
  const created = await reporter(t, await tokenFile(cluster, "agent-safe-webhook", AUDIENCE));
  await first.close();
  created.record(refusal);
  const second = await endpoint(t);
  await waitFor(async () => second.recorded.length === 1, { timeoutMs: 60_000, what: "the rejection" });
  const elsewhere = { data: { url: "https://127.0.0.1:1" } };
  await cluster.adminClient.patch(CONFIG_MAPS, configMap, elsewhere, { type: "merge" });
  await second.check();
  const { data } = await cluster.adminClient.get<{ data: Record<string, string> }>(CONFIG_MAPS, configMap);
  t.is(data.url, second.url);
});

test.serial("the endpoint's certificate is renewed before it ends, and the one before stays trusted", async (t) => {
  let now = Date.now() - 21 * DAY;
  const { url, check } = await endpoint(t, { clock: () => now });
  const published = async () =>
    (await cluster.adminClient.get<{ data: Record<string, string> }>(CONFIG_MAPS, configMap)).data["ca.crt"] ?? "";
  const before = await published();
  const good = await token("agent-safe-webhook", AUDIENCE);
  t.is(await post(url, batch(), good), 200);
  now = Date.now();
  await check();
  const after = await published();
  t.true(after.endsWith(before) && after.length > before.length);
  t.is(await post(url, batch(), good), 200);
});

test.serial("without a token, or with an unreadable one, nothing waits and loss is counted or retried", async (t) => {
  const file = join(cluster.scratch, "late.token");
  const { recorded } = await endpoint(t);
  const created = await reporter(t, file);
  created.record(refusal);
  await new Promise((resolve) => setTimeout(resolve, 300));
  t.is(created.lost, 0);
  writeFileSync(file, await token("agent-safe-webhook", AUDIENCE));
  await waitFor(async () => recorded.length === 1, { timeoutMs: 60_000, what: "the rejection" });
  t.is(created.lost, 0);
});
