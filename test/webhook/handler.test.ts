import type { IncomingMessage } from "node:http";
import test from "ava";
import { KubeError } from "../../controller/runtime/errors.ts";
import { silentLogger } from "../../controller/runtime/types.ts";
import { type Check, createAdmissionHandler } from "../../webhook/admission/handler.ts";
import { ReviewError } from "../../webhook/admission/review.ts";
import type { Refusal } from "../../webhook/rejections/buffer.ts";

const finding = { path: "spec.action", code: "UnknownAction", message: 'unknown action "x"' };
const refusing: Check = () => ({ findings: [finding] });

function review(change: object = {}) {
  const kind = { group: "agentsafe.dev", version: "v1alpha1", kind: "ActionRequest" };
  const resource = { group: "agentsafe.dev", version: "v1alpha1", resource: "actionrequests" };
  const object = { metadata: { generateName: "r-" }, spec: { action: "x", target: "dev/web" } };
  const userInfo = { username: "bot" };
  const request = { uid: "u", kind, resource, operation: "CREATE", namespace: "agents", userInfo, object, ...change };
  return JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request });
}

async function handle(check: Check, body = review()) {
  const refused: Refusal[] = [];
  const handler = createAdmissionHandler({
    check,
    logger: silentLogger,
    onRefused: (refusal) => void refused.push(refusal),
  });
  const { status, body: answer } = await handler(body, {} as IncomingMessage);
  return { status, answer: answer as { response: Answer; error?: string }, refused };
}

interface Answer {
  allowed: boolean;
  status?: { code: number; details: { name: string; kind: string } };
  warnings?: string[];
  patchType?: string;
}

test("a refusal is recorded with who asked for what", async (t) => {
  const { status, answer, refused } = await handle(refusing);
  t.is(status, 200);
  t.false(answer.response.allowed);
  t.like(answer.response.status, { code: 422, details: { kind: "ActionRequest", name: "r-" } });
  t.deepEqual(refused, [
    {
      kind: "ActionRequest",
      namespace: "agents",
      username: "bot",
      subject: "x",
      target: "dev/web",
      codes: ["UnknownAction"],
      message: 'spec.action: unknown action "x"',
    },
  ]);
});

test("a dry run leaves no trace", async (t) => {
  const { answer, refused } = await handle(refusing, review({ dryRun: true }));
  t.false(answer.response.allowed);
  t.deepEqual(refused, []);
});

test("warnings come with an admission, and no patch without a reason", async (t) => {
  const { answer, refused } = await handle(() => ({ findings: [], warnings: ["mind\nthis"] }));
  t.true(answer.response.allowed);
  t.deepEqual(answer.response.warnings, ["mind\\u000athis"]);
  t.is(answer.response.patchType, undefined);
  t.deepEqual(refused, []);
});

test("what can't be checked is refused, not let in", async (t) => {
  const failing: Check = () => {
    throw new KubeError({ code: "TIMEOUT", message: "GET …: timed out" });
  };
  const { answer, refused } = await handle(failing);
  t.false(answer.response.allowed);
  t.is(answer.response.status?.code, 503);
  t.deepEqual(refused, []);
});

test("a review that was meant for somebody else is a bad request; a bug is not answered with an admission", async (t) => {
  const elsewhere: Check = () => {
    throw new ReviewError("REVIEW_UNEXPECTED", "not for here");
  };
  t.is((await handle(elsewhere)).status, 400);
  const broken: Check = () => {
    throw new TypeError("a bug");
  };
  await t.throwsAsync(handle(broken), { instanceOf: TypeError });
});
