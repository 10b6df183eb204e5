import { randomUUID } from "node:crypto";
import test from "ava";
import { Agent, request as fetchRaw } from "undici";
import { ACTION_REQUESTS } from "../../controller/api/resources.ts";
import { createClient } from "../../controller/runtime/client.ts";
import { createTransport } from "../../controller/runtime/transport.ts";
import type { KubeObject } from "../../controller/runtime/types.ts";
import { useCluster, waitFor } from "../support/cluster.ts";
import { catalogFolder, installWebhook, startWebhook, target } from "../webhook/support/install.ts";

// The webhook's configuration holds for the whole cluster.
const cluster = await useCluster({ own: true });
let webhook: Awaited<ReturnType<typeof installWebhook>>;
let agent = "";
const API = "agentsafe.dev/v1alpha1";

test.before(async (t) => {
  t.timeout(180_000);
  webhook = await installWebhook(cluster);
  const catalog = await cluster.kubectl(["apply", "--server-side", "-k", catalogFolder]);
  if (catalog.code !== 0) throw new Error(catalog.stderr);
  await cluster.kubectl(["create", "namespace", "agents"]);
  agent = await cluster.asServiceAccount("agents", "deploy-bot");
  const grant = ["create", "rolebinding", "agents", "-n", "agents", "--clusterrole=agent-safe-agent"];
  await cluster.kubectl([...grant, "--serviceaccount=agents:deploy-bot"]);
});

test.after.always(() => webhook?.stop());

function request(spec: object, name = `r-${randomUUID()}`) {
  return { apiVersion: API, kind: "ActionRequest", metadata: { name, namespace: "agents" }, spec };
}

/** Creates as the agent; resolves to what kubectl said. */
function create(manifest: object | string, kubeconfig = agent) {
  const input = typeof manifest === "string" ? manifest : JSON.stringify(manifest);
  return cluster.kubectl(["create", "-f", "-", "-o", "json"], { kubeconfig, input });
}

const scale = { action: "scale-deployment", target: "dev/web", params: { replicas: 3 } };

test.serial("a request gets its requester from who is authenticated", async (t) => {
  const { code, stdout, stderr } = await create(request(scale));
  t.is(code, 0, stderr);
  const { requester, ...rest } = JSON.parse(stdout).spec;
  t.is(requester.username, "system:serviceaccount:agents:deploy-bot");
  t.regex(requester.uid, /^[0-9a-f-]{36}$/);
  t.true(requester.groups.includes("system:serviceaccounts:agents"));
  t.truthy(requester.extra["authentication.kubernetes.io/credential-id"]);
  // Nothing else is touched: defaults and bindings are the decider's business.
  t.deepEqual(rest, { ...scale, dryRun: false });
});

test.serial("a forged requester reaches the policy, which refuses it by name", async (t) => {
  const forged = { ...scale, requester: { username: "alice" } };
  const { code, stderr } = await create(request(forged));
  t.not(code, 0);
  t.regex(stderr, /agent-safe-requester/);
});

test.serial("an unknown action is refused with names that look alike", async (t) => {
  const { code, stderr } = await create(request({ ...scale, action: "scale-deploymnet" }));
  t.not(code, 0);
  t.regex(stderr, /spec\.action: unknown action "scale-deploymnet"; did you mean "scale-deployment"/);
});

test.serial("everything that is wrong is named at once, with field, value and mend", async (t) => {
  const params = { replicas: 9999, namespace: 7, colour: "red" };
  const { code, stderr } = await create(request({ ...scale, params }));
  t.not(code, 0);
  t.regex(stderr, /is invalid/);
  t.regex(stderr, /\* spec\.params\.replicas: .*9999.*100/);
  t.regex(stderr, /\* spec\.params\.namespace: .*string.*7/);
  t.regex(stderr, /\* spec\.params\.colour: /);
});

test.serial("a missing parameter is named; one that the target gives is not", async (t) => {
  const { stderr } = await create(request({ ...scale, params: {} }));
  t.regex(stderr, /spec\.params\.replicas/);
  t.notRegex(stderr, /spec\.params\.(namespace|deployment)/);
});

test.serial("the API answers 422 with a cause per field", async (t) => {
  const transport = createTransport({ kubeconfig: agent, userAgent: "test" });
  const client = createClient(transport);
  const manifest = request({ ...scale, params: { replicas: 9999, colour: "red" } });
  const error = await t.throwsAsync(client.create(ACTION_REQUESTS, manifest));
  const { status, details } = error as Error & { status: number; details: { causes: { field: string }[] } };
  t.is(status, 422);
  t.deepEqual(details.causes.map(({ field }) => field).sort(), ["spec.params.colour", "spec.params.replicas"]);
  await transport.close();
});

test.serial("a dry run is refused with what to do instead", async (t) => {
  const { code, stderr } = await create(request({ ...scale, dryRun: true }));
  t.not(code, 0);
  t.regex(stderr, /spec\.dryRun: dry runs need the planner account, which does not exist yet/);
});

test.serial("numbers that lose digits, __proto__ and too much are refused", async (t) => {
  const text = (params: string) => JSON.stringify(request({ ...scale, params: "P" })).replace('"P"', params);
  const big = await create(text('{"replicas":9007199254740993}'));
  t.regex(big.stderr, /9007199254740993 is beyond/);
  const proto = await create(text('{"replicas":1,"__proto__":{"admin":true}}'));
  t.not(proto.code, 0);
  t.regex(proto.stderr, /__proto__/);
  const large = await create(text(`{"replicas":1,"note":"${"x".repeat(40_000)}"}`));
  t.regex(large.stderr, /32768/);
});

test.serial("control characters in what was written don't reach the terminal", async (t) => {
  const params = { replicas: 1, "\u001b[31mred\u202e": 1 };
  const { code, stderr } = await create(request({ ...scale, params }));
  t.not(code, 0);
  t.false(stderr.includes("\u001b"));
  t.false(stderr.includes("\u202e"));
});

test.serial("an action that was just created, or changed, is known at once", async (t) => {
  const { stdout } = await cluster.kubectl(["get", "action", "scale-deployment", "-o", "json"]);
  const { apiVersion, kind, spec } = JSON.parse(stdout);
  for (let index = 0; index < 5; index++) {
    const metadata = { name: `scale-fresh-${index}` };
    const created = await create(
      { apiVersion, kind, metadata, spec: { ...spec, rollback: undefined, reversible: false } },
      cluster.kubeconfig,
    );
    t.is(created.code, 0, created.stderr);
    const { code, stderr } = await create(request({ ...scale, action: metadata.name }));
    t.is(code, 0, stderr);
  }
});

test.serial("a Target of another one's id or resource is refused and names it", async (t) => {
  const web = { kubernetes: { apiVersion: "apps/v1", kind: "Deployment", namespace: "dev", name: "web" } };
  const first = target("dup-a", { id: "dup/a", type: "k8s-deployment", resource: web });
  t.is((await create(first, cluster.kubeconfig)).code, 0);
  await waitFor(
    async () => {
      const again = target("dup-b", { id: "dup/a", type: "k8s-deployment", sensitivity: "internal", resource: web });
      const { code, stderr } = await create(again, cluster.kubeconfig);
      if (code === 0) throw new Error("it was taken");
      return /spec\.id: .*"dup-a"/.test(stderr) && /spec\.resource: .*"dup-a"/.test(stderr);
    },
    { timeoutMs: 10_000, what: "the refusal" },
  );
  const changed = { ...first, spec: { ...(first as { spec: object }).spec, sensitivity: "internal" } };
  const { code, stderr } = await cluster.kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], {
    input: JSON.stringify(changed),
  });
  t.is(code, 0, stderr);
});

test.serial("Actions, policies and Agents that mean nothing are refused", async (t) => {
  const rule = {
    name: "r",
    priority: 1,
    decision: "allow",
    reason: "r",
    match: { actions: ["*"], when: "params.replicas <" },
  };
  const policy = { apiVersion: API, kind: "ActionPolicy", metadata: { name: "bad" }, spec: { rules: [rule] } };
  const bad = await create(policy, cluster.kubeconfig);
  t.not(bad.code, 0);
  t.regex(bad.stderr, /spec\.rules\[0\]\.match\.when/);
  const { stdout } = await cluster.kubectl(["get", "action", "scale-deployment", "-o", "json"]);
  const { spec } = JSON.parse(stdout);
  const action = { apiVersion: API, kind: "Action", metadata: { name: "bad" }, spec: { ...spec } };
  action.spec.execution = {
    ...spec.execution,
    kubernetes: { ...spec.execution.kubernetes, patch: { a: "{{ params.nope }}" } },
  };
  const template = await create(action, cluster.kubeconfig);
  t.not(template.code, 0);
  t.regex(template.stderr, /spec\.execution\.kubernetes\.patch.*nope/);
});

test.serial("a rollback by an action that isn't there yet is a warning: the two may come in any order", async (t) => {
  const { stdout } = await cluster.kubectl(["get", "action", "scale-deployment", "-o", "json"]);
  const { spec } = JSON.parse(stdout);
  const rollback = { ...spec.rollback, action: "not-there-yet" };
  const action = { apiVersion: API, kind: "Action", metadata: { name: "scale-early" }, spec: { ...spec, rollback } };
  const { code, stderr } = await create(action, cluster.kubeconfig);
  t.is(code, 0, stderr);
  t.regex(stderr, /^Warning: spec\.rollback\.action: .*not-there-yet/m);
});

const lent = (kind: string, spec: object) => ({ ...request(spec), kind });
const step = (name: string, more: object = {}) => ({ ...scale, name, ...more });

test.serial("plans and Delegations get their requester from who is authenticated", async (t) => {
  for (const object of [lent("ActionPlan", { steps: [step("one")] }), lent("Delegation", { to: "helper-bot" })]) {
    const { code, stdout, stderr } = await create(object);
    t.is(code, 0, stderr);
    t.is(JSON.parse(stdout).spec.requester.username, "system:serviceaccount:agents:deploy-bot");
    const forged = await create({ ...object, spec: { ...object.spec, requester: { username: "alice" } } });
    t.regex(forged.stderr, /agent-safe-requester/);
  }
});

test.serial("everything that is wrong with any step of a plan is named at once", async (t) => {
  const steps = [
    step("one", { params: { replicas: 9999, colour: "red" } }),
    step("two", { action: "scale-deploymnet" }),
    step("two", { dependsOn: ["thre"] }),
  ];
  const { code, stderr } = await create(lent("ActionPlan", { steps }));
  t.not(code, 0);
  t.regex(stderr, /spec\.steps\[0\]\.params\.replicas: .*9999.*100/);
  t.regex(stderr, /spec\.steps\[0\]\.params\.colour: /);
  t.regex(stderr, /spec\.steps\[1\]\.action: .*did you mean "scale-deployment"/);
  t.regex(stderr, /spec\.steps\[2\]\.name: "two" is the name of another step/);
  t.regex(stderr, /spec\.steps\[2\]\.dependsOn\[0\]: "thre" is no step/);
  const circle = [step("a", { dependsOn: ["b"] }), step("b")];
  t.regex((await create(lent("ActionPlan", { steps: circle }))).stderr, /a waits for b waits for a/);
});

test.serial("Delegations and RiskProfiles that mean nothing are refused", async (t) => {
  const glob = await create(lent("Delegation", { to: "x", actions: ["scale-[a"], roles: ["a", "a"] }));
  t.regex(glob.stderr, /spec\.actions\[0\]: .*never closed/);
  t.regex(glob.stderr, /spec\.roles\[1\]: .*twice/);
  const scores = { low: 0, medium: 0, high: 0, critical: 0 };
  const object = {
    apiVersion: API,
    kind: "RiskProfile",
    metadata: { name: "x" },
    spec: { cumulativeRisk: { scores } },
  };
  const { stderr } = await cluster.kubectl(["create", "-f", "-"], { input: JSON.stringify(object) });
  t.regex(stderr, /spec\.cumulativeRisk\.scores: are all 0/);
});

test.serial("a malformed action is told by the schema, not taken for trouble", async (t) => {
  const { stderr } = await create(request({ ...scale, action: "../agents" }));
  t.regex(stderr, /spec\.action.*should match/);
});

test.serial("what is no review gets a clear 4xx, and the webhook goes on", async (t) => {
  const { stdout } = await cluster.kubectl(["get", "mutatingwebhookconfiguration", "agent-safe", "-o", "json"]);
  const ca = Buffer.from(JSON.parse(stdout).webhooks[0].clientConfig.caBundle, "base64");
  const dispatcher = new Agent({ connect: { ca } });
  const post = async (path: string, body: string, type = "application/json") => {
    const url = `https://127.0.0.1:${webhook.port}${path}`;
    const answer = await fetchRaw(url, { method: "POST", dispatcher, body, headers: { "content-type": type } });
    return { status: answer.statusCode, text: await answer.body.text() };
  };
  const resource = { group: "agentsafe.dev", version: "v1alpha1", resource: "actionrequests" };
  const kind = { group: "agentsafe.dev", version: "v1alpha1", kind: "ActionRequest" };
  const common = { uid: "u", kind, resource, operation: "CREATE", userInfo: { username: "mallory" } };
  const review = (change: object) => {
    const reviewed = { ...common, object: { spec: scale }, ...change };
    return JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request: reviewed });
  };
  const mutate = "/mutate";
  for (const [path, body, status] of [
    [mutate, "", 400],
    [mutate, "{", 400],
    [mutate, `${"[".repeat(200_000)}${"]".repeat(200_000)}`, 400],
    [mutate, "x".repeat(4 * 1024 * 1024), 413],
    [mutate, review({ operation: "UPDATE" }), 400],
    [mutate, review({ subResource: "status" }), 400],
    ["/validate", review({}), 400],
    ["/validate", review({ resource: { group: "apps", version: "v1", resource: "deployments" } }), 400],
    ["/nowhere", review({}), 404],
  ] as const) {
    // The answer to a body that was cut off may be lost in the reset that follows it.
    const answer = await post(path, body).catch(() => ({ status: 413, text: '{"error":""}' }));
    t.is(answer.status, status, `${path} ${body.slice(0, 40)}`);
    t.regex(answer.text, /"error"/);
  }
  t.is((await post(mutate, review({}), "text/plain")).status, 415);
  for (const object of [null, {}, { spec: null }, { spec: [] }, { spec: { action: 1, target: {} } }])
    t.is((await post(mutate, review({ object }))).status, 200);
  const good = await post(mutate, review({}));
  t.true(JSON.parse(good.text).response.allowed);
  await dispatcher.close();
});

test.serial(
  "without the webhook nothing is created, while status writes go on; with it back, creation works",
  async (t) => {
    const name = `r-${randomUUID()}`;
    t.is((await create(request(scale, name))).code, 0);
    const { port } = webhook;
    await webhook.stop();
    const refused = await create(request(scale));
    t.not(refused.code, 0);
    t.regex(refused.stderr, /failed calling webhook/);
    const action = await cluster.kubectl(["label", "action", "scale-deployment", "touched=true"]);
    t.is(action.code, 0, "only a changed meaning needs the webhook");
    const cancel = ["annotate", "areq", name, "-n", "agents", "agentsafe.dev/cancel=true"];
    const cancelled = await cluster.kubectl(cancel, { kubeconfig: agent });
    t.is(cancelled.code, 0, cancelled.stderr);
    const controller = await cluster.asServiceAccount("agent-safe-system", "agent-safe-controller");
    const transport = createTransport({ kubeconfig: controller, userAgent: "test" });
    const client = createClient(transport);
    const ref = { namespace: "agents", name };
    const { metadata } = await client.get(ACTION_REQUESTS, ref);
    await t.notThrowsAsync(
      client.patchStatus(ACTION_REQUESTS, ref, {
        metadata: { resourceVersion: metadata.resourceVersion ?? "" },
        status: { observedGeneration: 1 },
      }),
    );
    await transport.close();
    webhook = await startWebhook(cluster, { port });
    await waitFor(async () => (await create(request(scale))).code === 0, {
      timeoutMs: 60_000,
      what: "creation to work",
    });
    t.pass();
  },
);

test.serial("many at once are all answered", async (t) => {
  const transport = createTransport({ kubeconfig: agent, userAgent: "test" });
  const client = createClient(transport);
  const names = Array.from({ length: 200 }, () => request(scale));
  const created = await Promise.all(names.map((manifest) => client.create<KubeObject>(ACTION_REQUESTS, manifest)));
  t.true(created.every(({ metadata }) => metadata.uid));
  await transport.close();
});
