import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type ExecutionContext } from "ava";
import { failure } from "../../../controller/approval/gitea/failure.ts";
import { historyOf } from "../../../controller/approval/gitea/history.ts";
import { createGiteaHttp } from "../../../controller/approval/gitea/http.ts";
import { reviewOf } from "../../../controller/approval/gitea/reviews.ts";

const head = "a".repeat(40);
const user = { id: 3, login: "alice" };
const push = (commits: string[], force = false) => ({
  type: "pull_push",
  body: JSON.stringify({ is_force_push: force, commit_ids: commits }),
  user,
});

test("a refusal is told by what can be done about it", (t) => {
  const of = (status: number, retryAfter?: string) =>
    failure("GET /x", { status, text: "", date: Date.UTC(2026, 0, 1), retryAfter });
  const codes = [301, 401, 403, 404, 409, 422, 423, 429, 500, 502].map((status) => of(status).code);
  t.deepEqual(codes, [
    ...["GONE", "FORBIDDEN", "FORBIDDEN", "GONE", "UNEXPECTED", "UNEXPECTED", "FORBIDDEN", "RATE_LIMITED"],
    ...["UNAVAILABLE", "UNAVAILABLE"],
  ] as typeof codes);
  t.is(of(429, "7").retryAfterMs, 7_000);
  t.is(of(429).retryAfterMs, 60_000);
  t.is(of(503, "Thu, 01 Jan 2026 00:00:09 GMT").retryAfterMs, 9_000);
  t.is(of(503, "999999").retryAfterMs, 3_600_000);
  t.is(of(403, "1").code, "RATE_LIMITED");
});

test("only the one push that the controller made is no push", (t) => {
  t.false(historyOf([push([head])], head).moved);
  t.true(historyOf([], head).moved);
  t.true(historyOf([push([head]), push(["b"])], head).moved);
  t.true(historyOf([push([head], true)], head).moved);
  t.true(historyOf([push([head, head])], head).moved);
  t.true(historyOf([{ type: "pull_push", body: "x", user }], head).moved);
  for (const type of ["reopen", "change_target_branch"]) t.true(historyOf([push([head]), { type, user }], head).moved);
});

test("a denial that its author followed by another review stays one; one that was dismissed does not", (t) => {
  const review = { id: 9, user, commit_id: head, submitted_at: "2026-01-01T00:00:00Z", body: "", dismissed: true };
  const denial = { ...review, state: "REQUEST_CHANGES", stale: true, official: false };
  t.is(reviewOf(denial, new Set())?.state, "CHANGES_REQUESTED");
  t.is(reviewOf(denial, new Set(["9"]))?.state, "DISMISSED");
  t.is(reviewOf({ ...review, state: "APPROVED" }, new Set())?.state, "DISMISSED");
  t.is(reviewOf({ ...review, state: "PENDING" }, new Set()), undefined);
  t.throws(() => reviewOf({ ...review, state: "SPLENDID" }, new Set()), { code: "UNEXPECTED" });
});

async function served(t: ExecutionContext, listener: RequestListener, options: object = {}) {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const http = createGiteaHttp({ url: `http://127.0.0.1:${port}/`, token: () => "t", ...options });
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return http;
}

test("an answer that never ends, in time or in bytes, is given up", async (t) => {
  const hang = await served(t, () => undefined, { timeoutMs: 200 });
  await t.throwsAsync(hang.call("GET", "/x"), { code: "UNAVAILABLE" });
  const flood = await served(t, (_, response) => void response.end(JSON.stringify("x".repeat(10_000))), {
    maxBytes: 1000,
  });
  await t.throwsAsync(flood.call("GET", "/x"), { code: "UNEXPECTED" });
});

test("a redirect is not followed: the token stays here", async (t) => {
  let calls = 0;
  const http = await served(t, (_, response) => {
    calls += 1;
    response.writeHead(301, { location: "/api/v1/y" }).end();
  });
  await t.throwsAsync(http.call("GET", "/x"), { code: "GONE" });
  t.is(calls, 1);
});
