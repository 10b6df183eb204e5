import test from "ava";
import type { ActionRequest } from "../../controller/api/types.ts";
import { CLOCK_SKEW_MS, nextStep } from "../../controller/reconcilers/request-next.ts";

const created = Date.parse("2026-01-01T00:00:00Z");
const hour = 3_600_000;

function request(change: { metadata?: object; spec?: object; status?: object } = {}): ActionRequest {
  return {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "ActionRequest",
    metadata: {
      name: "r",
      namespace: "agents",
      uid: "u",
      creationTimestamp: "2026-01-01T00:00:00Z",
      ...change.metadata,
    },
    spec: { action: "restart-deployment", target: "dev/web", ...change.spec },
    status: { observedGeneration: -1, ...change.status },
  };
}

const ticket = { id: "t", attempt: 2, token: "x", expiresAt: "2026-01-01T00:01:00Z" };
const finished = [
  { type: "Finished", status: "True", reason: "Denied", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" },
];

const cases: [title: string, ActionRequest, now: number, expected: object][] = [
  ["a new request is judged", request(), created, { do: "judge", attempt: 1, deadline: created + hour }],
  ["a settled one is left alone", request({ status: { settled: true } }), created, { do: "nothing" }],
  [
    "one being deleted is left alone",
    request({ metadata: { deletionTimestamp: "2026-01-01T00:00:01Z" } }),
    created,
    { do: "nothing" },
  ],
  [
    "a claimed one is the executor's, even cancelled and late",
    request({
      metadata: { annotations: { "agentsafe.dev/cancel": "true" } },
      status: { claim: { attempt: 1, ticketId: "t", holder: "h", at: "" } },
    }),
    created + 2 * hour,
    { do: "nothing" },
  ],
  ["a finished one only lacks its mark", request({ status: { conditions: finished } }), created, { do: "settle" }],
  [
    "its requester may take it back",
    request({ metadata: { annotations: { "agentsafe.dev/cancel": "true" } } }),
    created,
    { do: "cancel", message: "Its requester took it back before it was executed." },
  ],
  [
    "any other value of the annotation does not cancel",
    request({ metadata: { annotations: { "agentsafe.dev/cancel": "yes" } } }),
    created,
    { do: "judge", attempt: 1, deadline: created + hour },
  ],
  ["at its deadline it expires", request(), created + hour, { do: "expire", deadline: created + hour }],
  [
    "a ticket that is out is only looked at",
    request({ status: { ticket } }),
    created + 1000,
    { do: "recheck", ticket, until: created + 60_000 + CLOCK_SKEW_MS },
  ],
  [
    "an expired ticket may still be claimed by a slow clock",
    request({ status: { ticket } }),
    created + 60_000,
    { do: "recheck", ticket, until: created + 60_000 + CLOCK_SKEW_MS },
  ],
  [
    "a ticket that was taken back is followed by another at once",
    request({ status: { ticket: { ...ticket, revokedAt: "2026-01-01T00:00:30Z" } } }),
    created + 31_000,
    { do: "judge", attempt: 3, deadline: created + hour },
  ],
  [
    "then the next attempt is judged",
    request({ status: { ticket } }),
    created + 60_000 + CLOCK_SKEW_MS,
    { do: "judge", attempt: 3, deadline: created + hour },
  ],
];

for (const [title, object, now, expected] of cases) {
  test(title, (t) => t.deepEqual(nextStep(object, now, hour) as object, expected));
}

test("a dry run never becomes a real one", (t) =>
  t.is(nextStep(request({ spec: { dryRun: true } }), created, hour).do, "refuse"));

test("what can't be served is refused, not ignored", (t) => {
  const step = nextStep(request({ spec: { rollbackOf: { name: "p", uid: "u" } } }), created, hour);
  t.is(step.do, "refuse");
  t.true(step.do === "refuse" && step.message.includes("spec.rollbackOf"));
});

test("a request whose creation time can't be read does not live for ever", (t) => {
  t.is(nextStep(request({ metadata: { creationTimestamp: undefined } }), created, hour).do, "expire");
});
