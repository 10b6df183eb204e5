import test from "ava";
import { createClient } from "../../controller/runtime/client.ts";
import { createTransport } from "../../controller/runtime/transport.ts";
import { createTicketKeys } from "../../controller/tickets/keys.ts";
import { configMap, failWith, json, startScriptedServer } from "../runtime/scripted-server.ts";

async function keysAt(t: import("ava").ExecutionContext) {
  const server = await startScriptedServer();
  const transport = createTransport({ access: server.access, userAgent: "test" });
  t.teardown(async () => {
    await transport.close();
    await server.close();
  });
  const keys = createTicketKeys({
    client: createClient(transport),
    namespace: "agent-safe-system",
    issuer: "agent-safe/test",
    clock: Date.now,
    newKeyId: () => "k1",
    leadMs: 0,
  });
  return { server, keys };
}

test("an API server that is away when the ring is first read is waited for", async (t) => {
  const { server, keys } = await keysAt(t);
  let calls = 0;
  server.answer = (seen, response) => {
    calls += 1;
    if (calls <= 2) return void response.socket?.destroy();
    if (calls === 3) return failWith(503, "ServiceUnavailable")(seen, response);
    const object = { ...configMap("agent-safe-ticket-keys", 1), kind: "Secret" };
    json(response, 200, object);
  };
  const stop = new AbortController();
  t.teardown(() => stop.abort());
  await keys.start(stop.signal);
  t.true(keys.ready());
  t.true(calls > 3);
});

test("a ring that may not be read is no reason to wait", async (t) => {
  const { server, keys } = await keysAt(t);
  server.answer = failWith(403, "Forbidden");
  await t.throwsAsync(keys.start(new AbortController().signal), { code: "FORBIDDEN" });
});
