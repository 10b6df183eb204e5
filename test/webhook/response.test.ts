import test from "ava";
import { quote } from "../../webhook/admission/quote.ts";
import { answer } from "../../webhook/admission/response.ts";
import { parseReview, ReviewError } from "../../webhook/admission/review.ts";

const subject = { group: "agentsafe.dev", kind: "ActionRequest", name: "x" };

test("a refusal names every field in a cause, and stays bounded", (t) => {
  const findings = Array.from({ length: 30 }, (_, index) => ({
    path: `spec.params.p${index}`,
    code: "UnknownParameter",
    message: "not a parameter of this action",
  }));
  const review = answer("u", subject, { findings }) as { response: Refused };
  t.is(review.response.uid, "u");
  t.false(review.response.allowed);
  t.is(review.response.status.code, 422);
  t.is(review.response.status.details.causes.length, 20);
  t.regex(review.response.status.message, /30 things to mend.*and 10 more$/);
});

test("text from the outside can't steer a terminal or break a line", (t) => {
  const evil = "a\u001b[31m\nb\u202e";
  t.is(quote(evil), '"a\\u001b[31m\\nb\\u202e"');
  const findings = [{ path: `spec.params["${evil}"]`, code: "Bad", message: `not ${evil}` }];
  const { status } = (answer("u", subject, { findings }) as { response: Refused }).response;
  t.notRegex(JSON.stringify(JSON.parse(JSON.stringify(status))), /[\u202e]/u);
  t.false([...status.message].some((character) => character < " "));
  t.false([...(status.details.causes[0]?.field ?? "")].some((character) => character < " "));
});

test("long values are cut", (t) => {
  t.true(quote("x".repeat(10_000)).length < 70);
});

test("what is no AdmissionReview is refused with what is missing", (t) => {
  const request = {
    uid: "u",
    kind: { group: "g", version: "v", kind: "K" },
    resource: { group: "g", version: "v", resource: "ks" },
    operation: "CREATE",
    userInfo: { username: "alice" },
    object: {},
  };
  const review = (change: object) =>
    JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request: { ...request, ...change } });
  t.is(parseReview(review({})).uid, "u");
  for (const [body, message] of [
    ["", /not JSON/],
    ["[]", /AdmissionReview/],
    ["null", /AdmissionReview/],
    ['{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview"}', /AdmissionReview/],
    ['{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}', /request: missing/],
    [review({ uid: 1 }), /request.uid/],
    [review({ kind: [] }), /request.kind/],
    [review({ resource: null }), /request.resource/],
    [review({ operation: "PATCH" }), /request.operation/],
    [review({ userInfo: {} }), /request.userInfo.username/],
    [review({ object: "text" }), /request.object/],
  ] as const)
    t.throws(() => parseReview(body), { instanceOf: ReviewError, message });
});

interface Refused {
  uid: string;
  allowed: boolean;
  status: { code: number; message: string; details: { causes: { field: string }[] } };
}
