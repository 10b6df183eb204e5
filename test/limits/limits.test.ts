import test from "ava";
import { decideLimited } from "../../controller/limits/decide-limited.ts";
import { Ledger } from "../../controller/limits/ledger.ts";
import { keepFor, limitsOf } from "../../controller/limits/risk-limits.ts";
import { engineOf, policy, rule } from "../policy/make.ts";
import { bot, desk, HOUR, MINUTE, rowOf } from "./make.ts";

const rate = { rate: { max: 3, windowMs: MINUTE } };
const breaker = { breaker: { threshold: 3, windowMs: MINUTE, cooldownMs: 5 * MINUTE } };
const risk = limitsOf({ metadata: { name: "default" }, spec: { cumulativeRisk: {} } });

test("a profile's blocks get the API's defaults; what is absent does not limit", (t) => {
  t.deepEqual(limitsOf(undefined), {});
  t.deepEqual(limitsOf({ metadata: { name: "a" }, spec: { rateLimit: {} } }), {
    profile: "a",
    rate: { max: 100, windowMs: MINUTE },
  });
  t.deepEqual(limitsOf({ metadata: { name: "a" }, spec: { circuitBreaker: { threshold: 5 } } }).breaker, {
    threshold: 5,
    windowMs: MINUTE,
    cooldownMs: 5 * MINUTE,
  });
  t.deepEqual(risk.cumulative, {
    windowMs: HOUR,
    scores: { low: 1, medium: 5, high: 15, critical: 50 },
    escalateAt: 30,
    denyAt: 75,
  });
  t.deepEqual(
    limitsOf({ metadata: { name: "a" }, spec: { cumulativeRisk: { scores: { high: 20 } } } }).cumulative?.scores,
    { low: 1, medium: 5, high: 20, critical: 50 },
  );
  t.throws(() => limitsOf({ metadata: { name: "a" }, spec: { rateLimit: { window: "soon" } } }), {
    message: /"soon" is not a duration/,
  });
  t.is(keepFor([rate, breaker, risk], HOUR), 2 * HOUR);
});

test("rate: an entry exactly as old as the window still counts, and what was refused does not", (t) => {
  const { ask } = desk(rate);
  for (const at of [0, 1, 2]) t.is(ask("low", at).result, "allow");
  const refusal = ask("low", 3);
  t.like(refusal, { result: "deny", cause: "RateLimited", reason: 'agent "bot" has used its 3 requests in 1m' });
  t.deepEqual(refusal.trace, []);
  t.is(refusal.policy, undefined);
  t.like(refusal.charge, { refused: true, agent: "bot", score: undefined });
  t.is(ask("low", MINUTE).cause, "RateLimited");
  t.is(ask("low", MINUTE + 1).result, "allow");
  t.is(ask("low", MINUTE + 1).cause, "RateLimited");
});

test("rate: denied requests use it up, another agent has its own, nobody pays for a suspended or unknown one", (t) => {
  const { ask, ledger } = desk(rate);
  for (const at of [0, 1, 2]) t.is(ask("banned", at).cause, "Rule");
  t.is(ask("low", 3).cause, "RateLimited");
  t.is(ask("low", 3, { agent: bot("other") }).result, "allow");
  t.like(ask("low", 3, { agent: { ...bot("third"), suspended: true } }), {
    cause: "AgentSuspended",
    charge: undefined,
  });
  t.like(ask("low", 3, { agent: null }), { cause: "UnknownAgent", charge: undefined });
  t.deepEqual(ledger.agents(), ["bot", "other"]);
});

test("under compat callers without a name share one budget", (t) => {
  const compat = engineOf({ profile: "compat", policies: [policy("p", [rule("allow", "allow")])] });
  const ledger = new Ledger({ keepMs: HOUR });
  const ask = (uid: string) => {
    const request = { uid, namespace: "", name: "r", action: "restart", target: "web", params: {} };
    return decideLimited(compat, { now: 0, agent: null, request }, { ledger, limits: rate });
  };
  for (const uid of ["a", "b", "c"]) t.like(ask(uid), { result: "allow", charge: { agent: "anonymous" } });
  t.is(ask("d").cause, "RateLimited");
});

test("what a delegate does is charged to the root of its chain", (t) => {
  const { ask } = desk(rate);
  const child = { ...bot("bot/helper"), delegation: [{ id: "bot" }] };
  for (const at of [0, 1, 2]) t.is(ask("low", at, { agent: child }).charge?.agent, "bot");
  t.is(ask("low", 3).cause, "RateLimited");
  t.is(
    ask("low", 3, { agent: { ...bot("bot/helper/b"), delegation: [{ id: "bot" }, { id: "bot/helper" }] } }).cause,
    "RateLimited",
  );
});

test("breaker: opens at the threshold, closes after its cooldown, and then has forgotten the denials", (t) => {
  const { ask, ledger, limits } = desk(breaker);
  for (const at of [0, 10, 20]) t.like(ask("banned", at), { cause: "Rule", charge: { denied: true } });
  const refusal = ask("low", 30);
  t.like(refusal, {
    result: "deny",
    cause: "CircuitOpen",
    reason: 'the circuit breaker of agent "bot" is open after 3 denials; it closes in 5m',
  });
  t.deepEqual(ledger.view("bot", 30, limits).breaker, { state: "Open", until: 20 + 5 * MINUTE });
  // refusals do not keep it open
  t.is(ask("banned", 20 + 5 * MINUTE - 1).cause, "CircuitOpen");
  t.deepEqual(ledger.view("bot", 20 + 5 * MINUTE, limits).breaker, { state: "Closed" });
  for (const at of [0, 1]) t.is(ask("banned", 20 + 5 * MINUTE + at).cause, "Rule");
  t.is(ask("low", 22 + 5 * MINUTE).result, "allow");
  t.is(ask("banned", 23 + 5 * MINUTE).cause, "Rule");
  t.is(ask("low", 24 + 5 * MINUTE).cause, "CircuitOpen");
});

test("breaker: closing forgets denials that are still within the window", (t) => {
  const { ask } = desk({ breaker: { threshold: 2, windowMs: HOUR, cooldownMs: MINUTE } });
  ask("banned", 0);
  ask("banned", 1);
  t.is(ask("banned", MINUTE + 1).cause, "Rule");
  t.is(ask("low", MINUTE + 2).result, "allow");
});

test("breaker: denials within the window count, one exactly as old too, older ones do not", (t) => {
  const within = desk(breaker);
  for (const at of [0, 1, MINUTE]) within.ask("banned", at);
  t.is(within.ask("low", MINUTE).cause, "CircuitOpen");
  const older = desk(breaker);
  for (const at of [0, 1, MINUTE + 1]) older.ask("banned", at);
  t.is(older.ask("low", MINUTE + 1).result, "allow");
});

test("breaker: every denial of the decision counts, refusals and undecided requests do not", (t) => {
  const { ask } = desk({ ...breaker, rate: { max: 5, windowMs: MINUTE } });
  t.is(ask("nothing", 0).cause, "UnknownAction");
  t.is(ask("low", 0, { request: { params: { no: "such" } } }).cause, "InvalidParameters");
  t.is(ask("broken", 0).result, "undecided");
  for (const at of [0, 0]) t.is(ask("low", at).result, "allow");
  for (const at of [0, 0, 0, 0]) t.is(ask("low", at).cause, "RateLimited");
  t.is(ask("banned", MINUTE).cause, "RateLimited");
  t.is(ask("low", MINUTE + 1).result, "allow");
});

test("cumulative risk: 15, 30, 45, 60, 75 with the defaults", (t) => {
  const { ask } = desk(risk);
  const seen = [0, 1, 2, 3, 4].map((at) => ask("high", at));
  t.deepEqual(
    seen.map(({ result, cause, cumulativeRisk, escalatedFrom }) => [
      result,
      cause,
      cumulativeRisk?.score,
      cumulativeRisk?.class,
      escalatedFrom,
    ]),
    [
      ["allow", "Rule", 15, "medium", undefined],
      ["require_approval", "CumulativeRisk", 30, "high", "allow"],
      ["require_approval", "CumulativeRisk", 45, "high", "allow"],
      ["require_approval", "CumulativeRisk", 60, "high", "allow"],
      ["deny", "CumulativeRisk", 75, "critical", "allow"],
    ],
  );
  t.is(seen[1]?.rule, "allow");
  t.is(seen[1]?.reason, "cumulative risk 30 is at or above the escalation threshold 30; because of allow");
  t.is(seen[4]?.reason, "cumulative risk 75 is at or above the deny threshold 75; because of allow");
  t.like(seen[4]?.charge, { score: 15, denied: true });
});

for (const [actions, want] of [
  [["low"], ["allow 1 low"]],
  [
    ["medium", "medium", "medium"],
    ["allow 5 low", "allow 10 low", "allow 15 medium"],
  ],
  [
    ["critical", "critical"],
    ["require_approval 50 high", "deny 100 critical"],
  ],
  [
    ["ask-high", "ask-high"],
    ["require_approval 15 medium", "require_approval 30 high"],
  ],
  [
    ["ask-critical", "ask-critical", "low"],
    ["require_approval 50 high", "deny 100 critical", "deny 101 critical"],
  ],
  [
    ["high", "banned", "high"],
    ["allow 15 medium", "deny undefined undefined", "require_approval 30 high"],
  ],
  [
    ["high", "broken", "low"],
    ["allow 15 medium", "undecided undefined undefined", "allow 16 medium"],
  ],
] as const) {
  test(`cumulative risk of ${actions.join(", ")}`, (t) => {
    const { ask } = desk(risk);
    t.deepEqual(
      actions.map((name, at) => {
        const { result, cumulativeRisk } = ask(name, at);
        return `${result} ${cumulativeRisk?.score} ${cumulativeRisk?.class}`;
      }),
      [...want],
    );
  });
}

test("cumulative risk: a request that asks for approval anyway is escalated from that; its score stays when denied", (t) => {
  const { ask } = desk(risk);
  ask("critical", 0);
  t.like(ask("ask-critical", 1), { result: "deny", escalatedFrom: "require_approval" });
  // the denied one still counts until it is older than the window
  t.is(ask("low", HOUR).cumulativeRisk?.score, 101);
  t.is(ask("low", HOUR + 1).cumulativeRisk?.score, 52);
  t.is(ask("low", HOUR + 2).cumulativeRisk?.score, 3);
});

test("a key is charged once, whatever came in between", (t) => {
  const { ask, ledger, limits } = desk({ ...risk, rate: { max: 2, windowMs: MINUTE }, ...breaker });
  const first = ask("high", 0, { key: "a" });
  const denied = ask("banned", 1, { key: "b" });
  const view = ledger.view("bot", 2, limits);
  for (let i = 0; i < 5; i++) {
    t.deepEqual(ask("high", 2 + i, { key: "a" }), first);
    t.deepEqual(ask("banned", 2 + i, { key: "b" }), denied);
  }
  t.deepEqual(ledger.view("bot", 2, limits), view);
  t.is(ask("low", 8).cause, "RateLimited");
});

test("what was allowed and is denied when it is judged again is no denial for the breaker", (t) => {
  const { ask, ledger, limits } = desk({ ...breaker, breaker: { threshold: 2, windowMs: MINUTE, cooldownMs: HOUR } });
  t.is(ask("low", 0, { key: "a" }).result, "allow");
  for (let i = 1; i < 4; i++) t.is(ask("banned", i, { key: "a" }).result, "deny");
  t.is(ledger.view("bot", 5, limits).breaker?.state, "Closed");
  t.is(ask("banned", 6, { key: "b" }).charge?.denied, true);
  t.is(ledger.view("bot", 7, limits).breaker?.state, "Closed");
});

test("later charges don't change the total of an earlier one; a growing score of its own does", (t) => {
  const { ask } = desk(risk);
  t.is(ask("high", 0, { key: "a" }).result, "allow");
  t.is(ask("high", 1, { key: "b" }).cumulativeRisk?.score, 30);
  t.like(ask("high", 30 * MINUTE, { key: "a" }), { result: "allow", cumulativeRisk: { score: 15 } });
  t.like(ask("critical", 31 * MINUTE, { key: "a" }), { result: "require_approval", cumulativeRisk: { score: 50 } });
  t.is(ask("low", 31 * MINUTE, { key: "a" }).cumulativeRisk?.score, 50);
  t.is(ask("high", 31 * MINUTE, { key: "b" }).cumulativeRisk?.score, 65);
});

test("an undecided request was admitted; its verdict counts from when it is given", (t) => {
  const { ask, ledger, limits } = desk({ ...risk, ...breaker, rate: { max: 2, windowMs: MINUTE } });
  const waiting = ask("broken", 0, { key: "a" });
  t.is(waiting.result, "undecided");
  t.is(waiting.charge, undefined);
  t.is(ask("high", 0, { key: "b" }).cumulativeRisk?.score, 15);
  t.is(ask("low", 0).cause, "RateLimited");
  // decided last, it sees what was charged before
  t.like(ask("high", 0, { key: "a" }), { cumulativeRisk: { score: 30 }, charge: { time: 0, nth: 2, score: 15 } });
  t.is(ask("broken", 10 * MINUTE, { key: "c" }).result, "undecided");
  t.like(ask("banned", 20 * MINUTE, { key: "c" }).charge, { time: 20 * MINUTE, denied: true });
  t.is(ledger.view("bot", 20 * MINUTE, limits).lastRequestAt, 20 * MINUTE);
});

test("a dry run is judged fully and charges the rate alone", (t) => {
  const { ask, ledger, limits } = desk({
    ...risk,
    breaker: { threshold: 1, windowMs: MINUTE, cooldownMs: MINUTE },
    rate: { max: 3, windowMs: MINUTE },
  });
  const dry = { request: { dryRun: true } };
  t.like(ask("critical", 0, dry), {
    result: "require_approval",
    cumulativeRisk: { score: 50 },
    charge: { score: undefined },
  });
  t.like(ask("banned", 1, dry), { cause: "Rule", charge: { denied: undefined } });
  t.is(ask("low", 2).cumulativeRisk?.score, 1);
  t.deepEqual(ledger.view("bot", 2, limits), {
    budget: { used: 3, limit: 3, windowSeconds: 60 },
    breaker: { state: "Closed" },
    cumulativeRisk: { score: 1, class: "low" },
    lastRequestAt: 2,
  });
  t.is(ask("low", 3, dry).cause, "RateLimited");
});

test("a clock that is set back forgives nothing", (t) => {
  const { ask } = desk(rate);
  for (const at of [HOUR, HOUR, HOUR]) ask("low", at);
  t.is(ask("low", 0).cause, "RateLimited");
  t.is(ask("low", HOUR + MINUTE).cause, "RateLimited");
  t.is(ask("low", HOUR + MINUTE + 1).result, "allow");
});

test("a clock that is set back does not let a request come before what was charged", (t) => {
  const { ask } = desk(risk);
  ask("high", HOUR);
  t.like(ask("high", 0), { result: "require_approval", cumulativeRisk: { score: 30 }, charge: { time: HOUR, nth: 1 } });
});

test("what an agent has charged survives a restart, in the order of the charges", (t) => {
  const { ask, ledger, limits } = desk({ ...risk, ...breaker, rate: { max: 10, windowMs: MINUTE } });
  const rows = ["high", "banned", "high", "low", "banned"].map((what) => rowOf(ask(what, 7)));
  const again = new Ledger({ keepMs: HOUR });
  again.replay([...rows].reverse());
  again.replay(rows);
  t.deepEqual(again.view("bot", 8, limits), ledger.view("bot", 8, limits));
  const next = desk(limits, again);
  t.is(next.ask("high", 9, { key: rows[2]?.key ?? "" }).cumulativeRisk?.score, 30);
  t.is(next.ask("banned", 9, { key: "new" }).cause, "Rule");
  t.is(next.ask("low", 9, { key: "newer" }).cause, "CircuitOpen");
});

test("a fork sees what was charged and leaves it as it is", (t) => {
  const { ask, ledger, limits } = desk(risk);
  ask("high", 0, { key: "a" });
  const before = ledger.view("bot", 5, limits);
  const fork = ledger.fork();
  t.is(ask("high", 1, { ledger: fork }).cumulativeRisk?.score, 30);
  t.is(ask("high", 2, { ledger: fork }).cumulativeRisk?.score, 45);
  t.is(ask("critical", 2, { ledger: fork, key: "a" }).cumulativeRisk?.score, 50);
  t.is(ask("low", 2, { ledger: fork, agent: bot("new") }).cumulativeRisk?.score, 1);
  t.is(ask("high", 2, { ledger: fork.fork() }).cumulativeRisk?.score, 95);
  t.deepEqual(ledger.view("bot", 5, limits), before);
  t.deepEqual(ledger.agents(), ["bot"]);
  t.is(ask("high", 3).cumulativeRisk?.score, 30);
});

test("pruning forgets what can't matter any more, and agents with it", (t) => {
  const { ask, ledger, limits } = desk(rate, new Ledger({ keepMs: HOUR }));
  ask("low", 0);
  ask("low", 0, { agent: bot("other") });
  ask("low", HOUR);
  ledger.prune(HOUR);
  t.is(ledger.size, 2);
  ledger.prune(HOUR + 1);
  t.deepEqual(ledger.agents(), ["bot"]);
  t.is(ledger.view("bot", HOUR + 1, limits).budget?.used, 1);
});
