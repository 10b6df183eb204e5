import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { AgentSafe } from "../../sdk/agent-safe.ts";
import { failWith, json, type ScriptedServer, say, startScriptedServer } from "../runtime/scripted-server.ts";

/** An SDK whose cluster is a script. */
async function scripted(t: ExecutionContext): Promise<{ server: ScriptedServer; agentSafe: AgentSafe }> {
  const server = await startScriptedServer();
  const dir = mkdtempSync(join(tmpdir(), "agent-safe-sdk-"));
  const kubeconfig = join(dir, "kubeconfig");
  const cluster = { name: "c", cluster: { server: server.access.server } };
  const context = { name: "x", context: { cluster: "c", user: "u", namespace: "agents" } };
  const user = { name: "u", user: { token: "t" } };
  writeFileSync(
    kubeconfig,
    JSON.stringify({ "current-context": "x", clusters: [cluster], contexts: [context], users: [user] }),
  );
  const agentSafe = new AgentSafe({ cwd: dir, kubeconfig, env: {} });
  t.teardown(async () => {
    await agentSafe.close();
    await server.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return { server, agentSafe };
}

function request(resourceVersion: number, finished = false, uid = "uid-1") {
  const conditions = finished ? [{ type: "Finished", status: "True", reason: "Finished", message: "" }] : [];
  return {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "ActionRequest",
    metadata: { name: "r", namespace: "agents", uid, resourceVersion: String(resourceVersion) },
    spec: { action: "restart-deployment", target: "dev/web" },
    status: { conditions },
  };
}

test("a creation whose answer is lost is tried again under the same name, and what is there is taken", async (t) => {
  const { server, agentSafe } = await scripted(t);
  const names: string[] = [];
  let stored: object | undefined;
  server.answer = (seen, response) => {
    if (seen.method === "GET") return json(response, 200, stored);
    const object = JSON.parse(seen.body) as { metadata: { name: string; namespace: string }; spec: object };
    names.push(object.metadata.name);
    t.is(object.metadata.namespace, "agents", "the context's namespace");
    if (stored !== undefined) return failWith(409, "AlreadyExists")(seen, response);
    stored = { ...object, spec: { ...object.spec, requester: { username: "u" } } };
    response.destroy();
  };
  const made = await agentSafe.request({ action: "restart-deployment", target: "dev/web" });
  t.is(made.spec.requester?.username, "u");
  t.true(names.length >= 2);
  t.is(new Set(names).size, 1);
});

test("what somebody else made under that name is not taken for ours", async (t) => {
  const { server, agentSafe } = await scripted(t);
  server.answer = (seen, response) =>
    seen.method === "GET" ? json(response, 200, request(1)) : failWith(409, "AlreadyExists")(seen, response);
  const asked = agentSafe.request({ name: "r", action: "restart-deployment", target: "dev/web" });
  await t.throwsAsync(asked, { code: "AlreadyExists" });
});

test("a wait reads again after a broken watch, an expired one, a server that is away and one that has just started", async (t) => {
  const { server, agentSafe } = await scripted(t);
  let reads = 0;
  server.answer = (seen, response) => {
    reads += 1;
    if (reads === 2) return response.destroy() && undefined;
    if (reads === 3) return failWith(503, "ServiceUnavailable")(seen, response);
    if (reads === 4) return failWith(403, "Forbidden")(seen, response);
    return json(response, 200, request(reads));
  };
  const end = say(["MODIFIED", request(99, true)]);
  server.nextWatch((_seen, response) => void response.destroy(), failWith(410, "Expired"), end);
  const done = await agentSafe.wait({ name: "r" }, { timeoutMs: 60_000 });
  t.is(done.metadata.resourceVersion, "99");
  t.true(reads >= 5);
});

test("a wait ends when the object is deleted, also when another takes its name", async (t) => {
  const { server, agentSafe } = await scripted(t);
  let reads = 0;
  server.answer = (_seen, response) => json(response, 200, request(++reads, false, `uid-${reads}`));
  server.nextWatch((_seen, response) => void response.writeHead(200).end());
  await t.throwsAsync(agentSafe.wait({ name: "r" }), { code: "Deleted", message: /another one has its name/ });
});

test("who may not read is told at once, and a wait that lasts too long shows what was seen", async (t) => {
  const { server, agentSafe } = await scripted(t);
  server.answer = failWith(403, "Forbidden");
  await t.throwsAsync(agentSafe.wait({ name: "r" }), { code: "FORBIDDEN" });
  server.answer = (_seen, response) => json(response, 200, request(7));
  const error = await t.throwsAsync(agentSafe.wait({ name: "r" }, { timeoutMs: 300 }), { code: "Timeout" });
  t.like(error, { object: { metadata: { resourceVersion: "7" } } });
});
