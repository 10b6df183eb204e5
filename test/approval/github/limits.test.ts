import test from "ava";
import { createGitHubForge } from "../../../controller/approval/github/forge.ts";
import { content, setUp } from "./support.ts";

const answer = (status: number, headers: Record<string, string> = {}, message = "no") =>
  new Response(JSON.stringify({ message }), { status, headers });

test("T20: told to wait, nothing is sent until then", async (t) => {
  for (const refusal of [
    () => answer(403, { "retry-after": "30" }),
    () => answer(429, { "retry-after": "30" }),
    () => answer(403, {}, "You have exceeded a secondary rate limit"),
  ]) {
    const { world, clock, ann, open } = setUp();
    const { verdict, approve } = await open();
    approve(ann);
    world.intercept = refusal;
    const error = await t.throwsAsync(verdict(), { code: "RATE_LIMITED" });
    const wait = (error as { retryAfterMs?: number }).retryAfterMs ?? 0;
    t.true(wait >= 30_000 && wait <= 60_000);
    const sent = world.log.length;
    for (let i = 0; i < 100; i++) await t.throwsAsync(verdict(), { code: "RATE_LIMITED" });
    t.is(world.log.length, sent, "no hot loop");
    world.intercept = undefined;
    clock.now += wait + 1;
    t.like(await verdict(), { kind: "Approved" });
  }
});

test("T20: the primary limit ends when it is given back", async (t) => {
  const { world, forge, clock } = setUp();
  await forge.self();
  world.remaining = 0;
  const error = await t.throwsAsync(forge.changed(), { code: "RATE_LIMITED" });
  const wait = (error as { retryAfterMs?: number }).retryAfterMs ?? 0;
  t.true(wait > 100_000 && wait <= 121_000, String(wait));
  clock.now += wait;
  world.remaining = 10;
  t.is(await forge.changed(), "all");
});

test("T20: a read is tried again after a 502, a write is not; neither approves", async (t) => {
  const { world, ann, open, forge, slept } = setUp();
  const { place, verdict, approve } = await open();
  approve(ann);
  let failures = 1;
  world.intercept = (_, path) => (path.endsWith("/reviews") && failures-- > 0 ? answer(502) : undefined);
  t.like(await verdict(), { kind: "Approved" });
  t.true(slept.includes(200));
  world.intercept = () => answer(502);
  await t.throwsAsync(verdict(), { code: "UNAVAILABLE" });
  const sent = world.log.length;
  await t.throwsAsync(forge.comment(place, "x"), { code: "UNAVAILABLE" });
  t.is(world.log.length, sent + 1);
});

test("T20: an answer that does not come is not waited for", async (t) => {
  const { options } = setUp();
  const hang: typeof fetch = (_, init) =>
    new Promise((_, reject) => {
      const { signal } = init ?? {};
      // What keeps a real socket keeps the process here.
      const alive = setInterval(() => undefined, 1000);
      signal?.addEventListener("abort", () => {
        clearInterval(alive);
        reject(signal.reason);
      });
    });
  const forge = createGitHubForge({ ...options, fetch: hang, timeoutMs: 20, auth: { token: "x" } });
  await t.throwsAsync(forge.changed(), { code: "UNAVAILABLE", message: /did not answer within 20 ms/ });
});

test("answers that are none fail closed", async (t) => {
  const { world, ann, open } = setUp();
  const { verdict, approve } = await open();
  approve(ann);
  const odd = (end: string, body: string) => (_: string, path: string) =>
    path.endsWith(end) ? new Response(body) : undefined;
  for (const [end, body] of [
    ["/reviews", "<html>sign in</html>"],
    ["/reviews", "{}"],
    ["/reviews", '[{"id":1,"state":"SPLENDID"}]'],
    ["/pulls/1", "{}"],
  ] as const) {
    world.intercept = odd(end, body);
    await t.throwsAsync(verdict(), { code: "UNEXPECTED" }, `${end} ${body}`);
  }
});

test("what did not change costs nothing of the primary limit", async (t) => {
  const { world, ann, open, forge } = setUp();
  const { place, verdict, approve } = await open();
  approve(ann);
  await verdict();
  const { remaining } = world;
  t.like(await verdict(), { kind: "Approved" });
  await forge.read(place, { digest: "", openedAt: 0 });
  t.is(world.remaining, remaining);
});

test("writes keep a second's distance", async (t) => {
  const { open, slept } = setUp();
  await open();
  t.true(slept.length >= 4);
  t.true(slept.every((ms) => ms <= 1000));
});

test("installation tokens are narrowed, used while they last, and renewed once refused", async (t) => {
  const { world, options, clock } = setUp();
  const asked: unknown[] = [];
  const real = options.fetch ?? fetch;
  const forge = createGitHubForge({
    ...options,
    fetch: async (input, init) => {
      if (String(input).endsWith("/access_tokens")) asked.push(JSON.parse(String(init?.body)));
      return real(input, init);
    },
  });
  await forge.changed();
  await forge.changed();
  t.is(asked.length, 1);
  t.like(asked[0], { repositories: ["approvals"], permissions: { contents: "write", members: "read" } });
  t.false("administration" in (asked[0] as { permissions: object }).permissions);
  clock.now += 3_600_000;
  await forge.changed();
  t.is(asked.length, 2);
  let refused = false;
  world.intercept = (_, path) => {
    if (refused || !path.endsWith("/pulls")) return undefined;
    refused = true;
    return answer(401, {}, "Bad credentials");
  };
  await forge.changed();
  t.is(asked.length, 3);
  world.intercept = (_, path) => (path.endsWith("/pulls") ? answer(401, {}, "Bad credentials") : undefined);
  const error = await t.throwsAsync(forge.changed(), { code: "FORBIDDEN" });
  t.notRegex(error?.message ?? "", /ghs_/);
});

test("missing rights are told as such", async (t) => {
  const { world, forge } = setUp();
  world.intercept = (method) =>
    method === "POST" ? undefined : answer(403, {}, "Resource not accessible by integration");
  await t.throwsAsync(forge.ensureRound(content), { code: "FORBIDDEN", message: /not accessible by integration/ });
});
