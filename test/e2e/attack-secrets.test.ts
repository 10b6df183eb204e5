import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import type { KubeObject } from "../../controller/runtime/index.ts";
import { clientOf, resources, systemNamespace } from "../guard/support.ts";
import { useCluster } from "../support/cluster.ts";
import { startStack, type TestStack } from "../support/stack.ts";
import { type Asker, asker, hasReason, storedWhen } from "./support/attack.ts";

const cluster = await useCluster({ own: true });
const admin = cluster.adminClient;
let stack: TestStack;
let bot: Asker;

/** Values that nothing but the object that holds them may show. */
const canaries = { password: "canary-8f2c61d0", token: "canary-57b9e3aa", secret: "canary-c04d1198" };

test.before(async (t) => {
  t.timeout(300_000);
  stack = await startStack({ cluster });
  bot = await asker(clientOf(stack.agents["deploy-bot"] ?? ""));
});

/** Every text that people and tools come to see: objects of ours, events, both logs, what the processes wrote. */
async function everythingShown(): Promise<Record<string, string>> {
  const shown: Record<string, string> = {};
  for (const kind of [
    "actionrequests",
    "agents",
    "targets",
    "auditlogs",
    "actions",
    "events",
    "events.events.k8s.io",
  ]) {
    const { code, stdout, stderr } = await cluster.kubectl(["get", kind, "-A", "-o", "json"]);
    if (code !== 0) throw new Error(stderr);
    shown[kind] = stdout;
  }
  for (const folder of ["audit", "logs"]) {
    const root = join(stack.home, folder);
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name);
      if (entry.isFile()) shown[file.slice(stack.home.length)] = readFileSync(file, "latin1");
    }
  }
  return shown;
}

interface Holder extends KubeObject {
  data?: Record<string, string>;
}

/** Private halves of all keys, and the tokens of the three roles. */
async function ownSecrets(): Promise<string[]> {
  const { items } = await admin.list<Holder>(resources.secrets, { namespace: systemNamespace });
  const texts = items.flatMap(({ data = {} }) =>
    Object.entries(data)
      .filter(([key]) => !key.endsWith(".crt"))
      .map(([, value]) => Buffer.from(value, "base64").toString()),
  );
  const privateParts = texts.flatMap((text) => [...text.matchAll(/"d":\s*"([^"]+)"/g)].map(([, part = ""]) => part));
  const pem = texts.flatMap((text) => [...text.matchAll(/^[A-Za-z0-9+/=]{40,}$/gm)].map(([line]) => line));
  const roles = join(stack.home, "roles");
  const tokens = readdirSync(roles)
    .filter((name) => name.endsWith(".token"))
    .map((name) => readFileSync(join(roles, name), "utf8").trim());
  return [...privateParts, ...pem, ...tokens];
}

const jwt = /eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/g;

test.serial("no secret is in status, events, logs or audit, whether an action succeeds or fails", async (t) => {
  t.timeout(300_000);
  const data = {
    "db.properties": `user=web\npassword=${canaries.password}\n`,
    api_token: canaries.token,
    color: "green",
  };
  await admin.patch(resources.configMaps, { namespace: "dev", name: "web-config" }, { data }, { type: "merge" });
  await admin.create(resources.secrets, {
    ...{ apiVersion: "v1", kind: "Secret", metadata: { namespace: "dev", name: "web-secret" } },
    stringData: { password: canaries.secret },
  } as KubeObject);

  const reading = await bot.ask({ action: "get-configmap", target: "dev/web-config" });
  const read = await storedWhen(cluster, reading, hasReason("Ready", "Succeeded"));
  t.regex(read.status?.execution?.output ?? "", /green/, "what is no secret is shown");
  t.regex(read.status?.execution?.output ?? "", /db\.properties/);

  const setting = { key: "color", value: "blue" };
  const writing = await bot.ask({ action: "update-configmap", target: "dev/web-config", params: setting });
  await storedWhen(cluster, writing, hasReason("Ready", "Succeeded"));
  // A failure inside the API server: its words about the object go to the status.
  await admin.patch(
    resources.configMaps,
    { namespace: "dev", name: "web-config" },
    { immutable: true },
    { type: "merge" },
  );
  const failing = await bot.ask({ action: "update-configmap", target: "dev/web-config", params: setting });
  await storedWhen(cluster, failing, hasReason("Ready", "Failed"));
  const restarting = await bot.ask({ action: "restart-deployment", target: "dev/web" });
  await storedWhen(cluster, restarting, hasReason("Ready", "Succeeded"));

  const shown = await everythingShown();
  const hidden = await ownSecrets();
  t.true(hidden.length >= 6, "there is something to look for");
  t.true(
    Object.keys(shown).some((name) => name.includes("audit/executor")) &&
      Object.keys(shown).some((name) => name.includes("logs/")),
  );
  for (const [where, text] of Object.entries(shown)) {
    for (const canary of Object.values(canaries)) t.false(text.includes(canary), `${canary} in ${where}`);
    for (const [at, secret] of hidden.entries()) t.false(text.includes(secret), `secret ${at} in ${where}`);
    // A ticket in the status of its request is no secret; a token anywhere else would be one.
    const kinds = [...text.matchAll(jwt)].map(([token]) => headerOf(token).typ);
    if (where === "actionrequests") t.true(kinds.length > 0 && kinds.every((kind) => kind === "agentsafe-ticket+jwt"));
    else t.deepEqual(kinds, [], `tokens in ${where}`);
  }
});

function headerOf(token: string): { typ?: string } {
  return JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()) as { typ?: string };
}
