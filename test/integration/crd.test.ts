import test from "ava";
import { type Kind, RESOURCES } from "../../controller/api/constants.ts";
import { applyDefaults } from "../../controller/api/defaults.ts";
import { schemas } from "../../controller/api/generated/schemas.ts";
import type { Condition } from "../../controller/api/types.ts";
import { createClient, createTransport, KubeError } from "../../controller/runtime/index.ts";
import { caseName, cases } from "../api/cases.ts";
import { type Candidate, change, minimal } from "../api/objects.ts";
import { useCluster, waitFor } from "../support/cluster.ts";

// A control plane of its own: where another file has put the admission policies in place, nobody could write the status here.
const cluster = await useCluster({ own: true });
const client = createClient(createTransport({ kubeconfig: cluster.kubeconfig, userAgent: "agent-safe-test" }));
const kinds = Object.keys(RESOURCES) as Kind[];

test.before("the CRDs are accepted and served", async (t) => {
  const { code, stderr } = await cluster.kubectl(["apply", "--server-side", "-k", "config/crd"]);
  t.is(code, 0, stderr);
  const names = kinds.map((kind) => `crd/${RESOURCES[kind].plural}.agentsafe.dev`);
  const waited = await cluster.kubectl(["wait", "--for=condition=Established", "--timeout=60s", ...names]);
  t.is(waited.code, 0, waited.stderr);
  await waitFor(async () => (await cluster.kubectl(["get", "agentsafe", "-A"])).code === 0, {
    what: "all kinds in the category",
  });
});

function create(kind: Kind, object: Candidate, dryRun = true): Promise<Candidate> {
  return client.create(RESOURCES[kind], object, { dryRun, fieldValidation: "Strict" });
}

async function refusal(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return "";
  } catch (error) {
    if (error instanceof KubeError && (error.status === 422 || error.status === 400)) return error.message;
    throw error;
  }
}

test("every case has the outcome that the offline validator gives it", async (t) => {
  for (const row of cases) {
    const name = caseName(row);
    const message = await refusal(create(row.kind, change(minimal(row.kind), row.path, row.value)));
    if (!row.refused) t.is(message, "", name);
    else if (message === "") t.fail(`${name} was accepted`);
    else if (!isWordedByUs(row.refused)) t.pass();
    else t.regex(message, row.refused, name);
  }
});

/** The message of a CEL rule is the same everywhere; those of a schema are worded by whoever checks it. */
function isWordedByUs(pattern: RegExp): boolean {
  return pattern.source.includes(" ");
}

test("the API server fills in the defaults that applyDefaults does", async (t) => {
  for (const kind of kinds) {
    const stored = await create(kind, minimal(kind));
    const offline = applyDefaults(kind, minimal(kind));
    t.deepEqual(stored.spec, offline.spec, kind);
    t.like(stored, { status: { observedGeneration: -1 } }, kind);
  }
});

type Status = Record<string, unknown>;

let count = 0;

/** Creates a request and writes one status after the other. Resolves with the refusal of the last one, "" when it was accepted. */
async function writeInTurn(statuses: Status[]): Promise<string> {
  count++;
  const object = change(minimal("ActionRequest"), "metadata.name", `status-${count}`);
  const ref = { name: object.metadata.name, namespace: "default" };
  let { metadata } = (await create("ActionRequest", object, false)) as { metadata: { resourceVersion?: string } };
  for (const [index, status] of statuses.entries()) {
    const patch = { metadata: { resourceVersion: metadata.resourceVersion ?? "" }, status };
    const attempt = client.patchStatus<{ metadata: { resourceVersion?: string } }>(RESOURCES.ActionRequest, ref, patch);
    if (index === statuses.length - 1) return refusal(attempt);
    ({ metadata } = await attempt);
  }
  return "";
}

function conditions(...entries: [type: string, status: Condition["status"], reason?: string][]): Status {
  return {
    conditions: entries.map(([type, status, reason = type]) => ({
      type,
      status,
      reason,
      message: "",
      observedGeneration: 1,
      lastTransitionTime: "2026-01-01T00:00:00Z",
    })),
  };
}

const at = "2026-01-01T00:00:00Z";
const ticket = { id: "t1", attempt: 2, token: "x.y.z" };
const claim = { attempt: 2, ticketId: "t1", holder: "executor-0", at };
const decision = { result: "allow", params: { namespace: "dev" }, rule: "one" };
const finished = conditions(["Finished", "True"], ["Ready", "True", "Succeeded"]);

const transitions: [name: string, statuses: Status[], refused: RegExp | undefined][] = [
  [
    "allow, ticket, claim, outcome",
    [{ decision, ticket }, { claim }, { execution: { result: "SUCCESS" }, ...finished }, { settled: true }],
    undefined,
  ],
  [
    "a ticket is replaced by the next attempt",
    [{ ticket }, { ticket: { id: "t2", attempt: 3, token: "x" } }],
    undefined,
  ],
  [
    "a message changes after the end",
    [
      finished,
      {
        conditions: [
          { ...(finished.conditions as Condition[])[0], message: "more" },
          (finished.conditions as Condition[])[1],
        ],
      },
    ],
    undefined,
  ],
  [
    "what may still be written after a claim",
    [{ decision, ticket }, { claim }, { audit: { last: 7 }, approval: { number: 1 } }],
    undefined,
  ],
  ["Approved goes away", [conditions(["Approved", "True"]), conditions(["Ready", "True"])], /Approved is final/],
  [
    "Approved becomes False",
    [conditions(["Approved", "True"]), conditions(["Approved", "False"])],
    /Approved is final/,
  ],
  ["all conditions go away", [conditions(["Approved", "True"]), { conditions: null }], /Approved is final/],
  ["Denied becomes Unknown", [conditions(["Denied", "True"]), conditions(["Denied", "Unknown"])], /Denied is final/],
  ["Denied becomes Approved", [conditions(["Denied", "True"]), conditions(["Approved", "True"])], /Denied is final/],
  ["Approved and Denied", [conditions(["Approved", "True"], ["Denied", "True"])], /can't both be True/],
  [
    "Finished becomes False",
    [finished, conditions(["Finished", "False"], ["Ready", "True", "Succeeded"])],
    /Finished is final/,
  ],
  ["another end", [finished, conditions(["Finished", "True"], ["Ready", "False", "Failed"])], /Ready is final/],
  ["the end without its Ready", [finished, conditions(["Finished", "True"])], /Ready is final/],
  ["a claim without a ticket", [{ claim }], /claim must name the id and the attempt of the ticket/],
  ["a claim of another ticket", [{ ticket }, { claim: { ...claim, ticketId: "t2" } }], /claim must name the id/],
  [
    "a claim of a ticket that was taken back",
    [{ ticket: { ...ticket, revokedAt: "2026-01-01T00:00:00Z" } }, { claim }],
    /claim can't take a ticket that was revoked/,
  ],
  ["a claim of another attempt", [{ ticket }, { claim: { ...claim, attempt: 1 } }], /claim must name the id/],
  ["a claim changes", [{ ticket }, { claim }, { claim: { ...claim, holder: "other" } }], /claim is final/],
  ["a claim goes away", [{ ticket }, { claim }, { claim: null }], /claim is final/],
  ["the whole status goes away", [{ ticket }, { claim }, null as unknown as Status], /claim is final/],
  ["a claim of a denied request", [{ ticket, ...conditions(["Denied", "True"]) }, { claim }], /denied or finished/],
  ["a claim of a finished request", [{ ticket, ...finished }, { claim }], /denied or finished/],
  [
    "another ticket after the claim",
    [{ ticket }, { claim }, { ticket: { ...ticket, token: "other" } }],
    /ticket is final/,
  ],
  ["no ticket after the claim", [{ ticket }, { claim }, { ticket: null }], /ticket is final/],
  ["an older attempt", [{ ticket }, { ticket: { ...ticket, attempt: 1 } }], /ticket\.attempt never goes down/],
  [
    "another decision after the claim",
    [{ decision, ticket }, { claim }, { decision: { ...decision, rule: "two" } }],
    /decision is final/,
  ],
  [
    "other parameters after the claim",
    [{ decision, ticket }, { claim }, { decision: { params: { namespace: "prod" } } }],
    /decision is final/,
  ],
  ["no decision after the claim", [{ decision, ticket }, { claim }, { decision: null }], /decision is final/],
  ["settled before the end", [{ settled: true }], /settled needs the condition Finished/],
  ["settled goes back", [finished, { settled: true }, { settled: false }], /settled never goes back/],
  ["settled goes away", [finished, { settled: true }, { settled: null }], /settled never goes back/],
  [
    "two conditions of one type",
    [{ conditions: [...(finished.conditions as Condition[]), ...(finished.conditions as Condition[])] }],
    /Duplicate value/,
  ],
  ["a result that is none", [{ execution: { result: "MAYBE" } }], /execution\.result/],
];

for (const [name, statuses, refused] of transitions) {
  test(`status: ${name}`, async (t) => {
    const message = await writeInTurn(statuses);
    if (refused) t.regex(message, refused);
    else t.is(message, "");
  });
}

test("every rule about the status has a write that it refuses", (t) => {
  const rules = schemas.ActionRequest?.properties?.status?.["x-kubernetes-validations"] ?? [];
  t.true(rules.length >= 13);
  for (const { message = "" } of rules)
    t.true(
      transitions.some(([, , refused]) => refused?.test(message)),
      message,
    );
});

test("a spec never changes, not even within its parameters", async (t) => {
  const object = change(minimal("ActionRequest"), "metadata.name", "immutable");
  const full = change(change(object, "spec.params", { a: { b: [1] } }), "spec.requester", {
    username: "alice",
    groups: ["x"],
  });
  await create("ActionRequest", full, false);
  const ref = { name: "immutable", namespace: "default" };
  const patches = [
    { action: "other" },
    { target: "other" },
    { reason: "other" },
    { params: { a: { b: [2] } } },
    { params: { c: 1 } },
    { params: null },
    { requester: { username: "bob" } },
    { requester: { groups: ["x", "system:masters"] } },
    { dryRun: true },
    { planRef: { name: "x", uid: "y" } },
  ];
  for (const spec of patches) {
    const message = await refusal(client.patch(RESOURCES.ActionRequest, ref, { spec }, { type: "merge" }));
    t.regex(message, /spec is immutable/, JSON.stringify(spec));
  }
});

test("requests are selected by action, target and whether they are settled, targets by id", async (t) => {
  const object = change(change(minimal("ActionRequest"), "metadata.name", "selected"), "spec.action", "select-me");
  const namespace = await cluster.namespace();
  await create(
    "ActionRequest",
    change(change(object, "metadata.namespace", namespace), "spec.target", "dev/selected"),
    false,
  );
  const found = async (fieldSelector: string) => {
    const { items } = await client.list<Candidate>(RESOURCES.ActionRequest, { namespace, fieldSelector });
    return items.map(({ metadata }) => metadata.name);
  };
  t.deepEqual(await found("spec.action=select-me,spec.target=dev/selected,status.settled!=true"), ["selected"]);
  t.deepEqual(await found("spec.action=other"), []);
  t.deepEqual(await found("status.settled=true"), []);
  await create("Target", change(change(minimal("Target"), "metadata.name", "by-id"), "spec.id", "dev/by-id"), false);
  const { items } = await client.list<Candidate>(RESOURCES.Target, { fieldSelector: "spec.id=dev/by-id" });
  t.is(items.length, 1);
});

test("a plan's verdict, its end and the requests of its steps are final; plans are selected by whether they are settled", async (t) => {
  const object = change(minimal("ActionPlan"), "metadata.name", "final");
  const ref = { name: "final", namespace: "default" };
  await create("ActionPlan", object, false);
  const write = (status: object) =>
    refusal(client.patch(RESOURCES.ActionPlan, ref, { status }, { type: "merge", subresource: "status" }));
  const step = { name: "one", state: "Running", request: "final-one", uid: "1" };
  t.is(await write({ steps: [step], stepsDone: "0/1", ...conditions(["Approved", "True"]) }), "");
  t.regex(await write({ steps: [{ ...step, uid: "2" }] }), /the request of a step is final/);
  t.regex(await write({ steps: [] }), /the request of a step is final/);
  t.regex(await write(conditions(["Approved", "False"])), /Approved is final/);
  t.regex(await write(conditions(["Approved", "True"], ["Denied", "True"])), /can't both be True/);
  t.regex(await write({ settled: true }), /settled needs the condition Finished/);
  const done = conditions(["Approved", "True"], ["Finished", "True"], ["Ready", "True", "Succeeded"]);
  t.is(await write({ ...done, steps: [{ ...step, state: "Succeeded" }], settled: true }), "");
  t.regex(await write({ settled: false }), /settled never goes back/);
  t.regex(await write(conditions(["Approved", "True"])), /Finished is final/);
  const { items } = await client.list<Candidate>(RESOURCES.ActionPlan, { fieldSelector: "status.settled=true" });
  t.deepEqual(
    items.map(({ metadata }) => metadata.name),
    ["final"],
  );
  const { stdout } = await cluster.kubectl(["get", "aplan", "final"]);
  t.regex(stdout, /^NAME +STEPS-DONE +REQUESTER +RISK +DECISION +STATUS +AGE\n/);
});

test("of a Delegation only revoked can be set, once", async (t) => {
  const ref = { name: "lent", namespace: "default" };
  await create("Delegation", change(minimal("Delegation"), "metadata.name", "lent"), false);
  const patch = (spec: object) => refusal(client.patch(RESOURCES.Delegation, ref, { spec }, { type: "merge" }));
  for (const spec of [
    { to: "other" },
    { roles: ["admin"] },
    { ttl: "2h" },
    { maxDepth: 5 },
    { actions: ["*"] },
    { targets: { ids: ["*"] } },
    { parentRef: { name: "x", uid: "1" } },
    { requester: { username: "bob" } },
  ])
    t.regex(await patch(spec), /spec is immutable except for revoked/, JSON.stringify(spec));
  t.is(await patch({ revoked: true }), "");
  t.regex(await patch({ revoked: false }), /revoked never goes back to false/);
  t.regex(await patch({ revoked: null }), /revoked never goes back to false/);
});

test("kubectl get areq shows the columns that people look for", async (t) => {
  const namespace = await cluster.namespace();
  const object = change(minimal("ActionRequest"), "metadata.namespace", namespace);
  const { metadata } = (await create(
    "ActionRequest",
    change(object, "spec.requester", { username: "alice" }),
    false,
  )) as {
    metadata: { resourceVersion?: string };
  };
  await client.patchStatus(
    RESOURCES.ActionRequest,
    { name: object.metadata.name, namespace },
    {
      metadata: { resourceVersion: metadata.resourceVersion ?? "" },
      status: {
        decision: { result: "require_approval", effectiveRisk: "high" },
        audit: { last: 41 },
        approval: { url: "https://git.example/pulls/7", approvers: ["bob"] },
        ...conditions(["Ready", "False", "AwaitingApproval"]),
      },
    },
  );
  const { stdout } = await cluster.kubectl(["get", "areq", "-n", namespace, "-o", "wide"]);
  const [head, row] = stdout.trim().split("\n");
  t.deepEqual(head?.split(/\s+/), [
    "NAME",
    "ACTION",
    "TARGET",
    "REQUESTER",
    "RISK",
    "DECISION",
    "STATUS",
    "AUDIT",
    "AGE",
    "PR",
    "APPROVERS",
  ]);
  t.regex(
    row ?? "",
    /restart-deployment +dev\/x +alice +high +require_approval +AwaitingApproval +41 +\S+ +https:\S+ +\["bob"\]/,
  );
});

test("kustomize builds the samples, and the API server accepts them", async (t) => {
  const built = await cluster.kubectl(["apply", "-k", "config/samples"]);
  t.is(built.code, 0, built.stderr);
  const again = await cluster.kubectl(["apply", "--server-side", "--force-conflicts", "-k", "config/samples"]);
  t.is(again.code, 0, again.stderr);
});
