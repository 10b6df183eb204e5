import test from "ava";
import fc from "fast-check";
import { Account } from "../../controller/limits/account.ts";
import type { ChargeRow } from "../../controller/limits/charge-row.ts";
import { Ledger } from "../../controller/limits/ledger.ts";
import { limitsOf, type RiskLimits } from "../../controller/limits/risk-limits.ts";
import type { Decision } from "../../controller/policy/types.ts";
import { bot, desk, rowOf } from "./make.ts";

const WINDOW = 100;
const limits: RiskLimits = {
  rate: { max: 4, windowMs: WINDOW },
  breaker: { threshold: 3, windowMs: 80, cooldownMs: 50 },
  cumulative: { ...defaults(), windowMs: 150 },
};

function defaults() {
  const { cumulative } = limitsOf({ metadata: { name: "p" }, spec: { cumulativeRisk: {} } });
  if (!cumulative) throw new Error("no cumulative risk");
  return cumulative;
}

/** What agents ask for, and how long after the last request; the same key may come again. */
const steps = fc.array(
  fc.record({
    what: fc.constantFrom("low", "medium", "high", "critical", "ask-low", "ask-high", "banned", "broken"),
    wait: fc.oneof(fc.constant(0), fc.nat(30), fc.constantFrom(50, 80, 100, 150)),
    who: fc.constantFrom("a", "b"),
    again: fc.option(fc.nat(20), { freq: 4 }),
  }),
  { maxLength: 60 },
);

interface Asked {
  at: number;
  who: string;
  key: string;
  what: string;
  decision: Decision;
}

type Steps = typeof steps extends fc.Arbitrary<infer T> ? T : never;

function run(list: Steps, ask: ReturnType<typeof desk>["ask"]): Asked[] {
  const asked: Asked[] = [];
  let at = 1_000;
  for (const [i, { what, wait, who, again }] of list.entries()) {
    at += wait;
    const before = again === null ? undefined : asked[again];
    const [key, payer] = before ? [before.key, before.who] : [`k${i}`, who];
    const decision = ask(what, at, { key, agent: bot(payer) });
    asked.push({ at, who: payer, key, what, decision });
  }
  return asked;
}

const refusal = ({ cause }: Decision) => cause === "RateLimited" || cause === "CircuitOpen";

test("no window ever holds more admissions than the limit", (t) => {
  fc.assert(
    fc.property(steps, (list) => {
      const asked = run(list, desk({ rate: { max: 4, windowMs: WINDOW } }).ask);
      for (const who of ["a", "b"]) {
        const first = new Map<string, number>();
        for (const { key, at, who: by, decision } of asked)
          if (by === who && !refusal(decision) && !first.has(key)) first.set(key, at);
        const times = [...first.values()];
        for (const end of times) {
          const held = times.filter((time) => time >= end - WINDOW && time <= end).length;
          if (held > 4) return false;
        }
      }
      return true;
    }),
    { numRuns: 500 },
  );
  t.pass();
});

/** The same rules written down plainly: no order of charges, no merging, no second judgement. */
function plainly() {
  const requests: number[] = [];
  const risks: [number, number][] = [];
  let denials: number[] = [];
  let opened: number | undefined;
  const { rate, breaker, cumulative } = limits;
  if (!rate || !breaker || !cumulative) throw new Error("all limits are set");
  return (now: number, result: Decision["result"], score: number): string => {
    if (opened !== undefined) {
      if (now - opened < breaker.cooldownMs) return "CircuitOpen";
      opened = undefined;
      denials = [];
    }
    if (requests.filter((time) => time >= now - rate.windowMs).length >= rate.max) return "RateLimited";
    requests.push(now);
    let final: string = result;
    if (result !== "deny") {
      risks.push([now, score]);
      let total = 0;
      for (const [time, risk] of risks) if (time >= now - cumulative.windowMs) total += risk;
      if (total >= cumulative.denyAt) final = "deny";
      else if (total >= cumulative.escalateAt) final = "require_approval";
      final += ` ${total}`;
    }
    if (final.startsWith("deny")) {
      denials = [...denials.filter((time) => time >= now - breaker.windowMs), now];
      if (denials.length >= breaker.threshold) opened = now;
    }
    return final;
  };
}

test("first judgements are those of the rules written down plainly", (t) => {
  const RESULT: Record<string, Decision["result"]> = {
    banned: "deny",
    "ask-low": "require_approval",
    "ask-high": "require_approval",
  };
  const SCORE: Record<string, number> = { low: 1, medium: 5, high: 15, critical: 50, "ask-low": 1, "ask-high": 15 };
  fc.assert(
    fc.property(steps, (list) => {
      const once = list.filter(({ what }) => what !== "broken").map((step) => ({ ...step, again: null }));
      const plain = { a: plainly(), b: plainly() };
      for (const { at, who, what, decision } of run(once, desk(limits).ask)) {
        const want = plain[who === "a" ? "a" : "b"](at, RESULT[what] ?? "allow", SCORE[what] ?? 0);
        const score = decision.cumulativeRisk ? ` ${decision.cumulativeRisk.score}` : "";
        const got = refusal(decision) ? decision.cause : `${decision.result}${score}`;
        if (got !== want) throw new Error(`${what} at ${at}: ${got}, not ${want}`);
      }
    }),
    { numRuns: 500 },
  );
  t.pass();
});

test("a second judgement of the same key gives the same and changes nothing", (t) => {
  fc.assert(
    fc.property(steps, fc.nat(), (list, pick) => {
      const { ask, ledger } = desk(limits);
      const asked = run(list, ask).filter(({ decision }) => decision.charge && !refusal(decision));
      const chosen = asked[pick % Math.max(1, asked.length)];
      if (!chosen) return;
      const now = 1_000_000;
      const view = () => JSON.stringify([snapshot(ledger), ledger.view(chosen.who, now, limits)]);
      const before = view();
      const [first, second] = [0, 1].map((later) =>
        ask(chosen.what, now + later, { key: chosen.key, agent: bot(chosen.who) }),
      );
      t.deepEqual(first, second);
      // asking for more with the same key is the one thing that grows its score
      if (asked.filter(({ key }) => key === chosen.key).every(({ what }) => what === chosen.what)) t.is(view(), before);
    }),
    { numRuns: 300 },
  );
  t.pass();
});

function snapshot(ledger: Ledger): unknown {
  return ledger
    .agents()
    .sort()
    .map((agent) => {
      const account = ledger.account(agent);
      return [agent, account?.entries.map((entry) => ({ ...entry })), account?.denials];
    });
}

test("replaying the charges gives the live ledger, whatever their order and however often they are told", (t) => {
  fc.assert(
    fc.property(steps, fc.infiniteStream(fc.nat()), (list, random) => {
      // a request that is still undecided has no record yet
      const decided = list.filter(({ what }) => what !== "broken");
      const { ask, ledger } = desk(limits);
      const rows: ChargeRow[] = run(decided, ask).map(({ decision }) => rowOf(decision));
      const shuffled = [...rows, ...rows.slice(0, 5)];
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = random.next().value % (i + 1);
        const [a, b] = [shuffled[i], shuffled[j]];
        if (a && b) [shuffled[i], shuffled[j]] = [b, a];
      }
      const again = new Ledger({ keepMs: 1_000_000 });
      again.replay(shuffled);
      t.deepEqual(snapshot(again), snapshot(ledger));
    }),
    { numRuns: 300 },
  );
});

test("a restart in the middle changes no later decision", (t) => {
  fc.assert(
    fc.property(steps, fc.nat(60), (list, cut) => {
      const decided = list.filter(({ what }) => what !== "broken");
      const whole = run(decided, desk(limits).ask);
      let part = desk(limits);
      let asked = 0;
      const rows: ChargeRow[] = [];
      const interrupted = run(decided, (what, now, more) => {
        if (asked++ === cut) {
          const restarted = new Ledger({ keepMs: 1_000_000 });
          restarted.replay(rows);
          part = desk(limits, restarted);
        }
        const decision = part.ask(what, now, more);
        rows.push(rowOf(decision));
        return decision;
      });
      t.deepEqual(interrupted, whole);
    }),
    { numRuns: 300 },
  );
});

test("a fork leaves its parent untouched, and decides as the parent would", (t) => {
  fc.assert(
    fc.property(steps, steps, (list, more) => {
      const { ask, ledger } = desk(limits);
      run(list, ask);
      const before = JSON.stringify(snapshot(ledger));
      const later = more.map((step) => ({ ...step, wait: step.wait + 2_000, again: null }));
      const fork = ledger.fork();
      const preview = run(later, (what, now, of) => ask(what, now, { ...of, key: `p${of?.key}`, ledger: fork }));
      t.is(JSON.stringify(snapshot(ledger)), before);
      const real = run(later, (what, now, of) => ask(what, now, { ...of, key: `p${of?.key}` }));
      t.deepEqual(preview, real);
    }),
    { numRuns: 200 },
  );
});

test("merging never lowers a total, now or later", (t) => {
  const charges = fc.array(fc.record({ wait: fc.oneof(fc.nat(3), fc.nat(2_000)), score: fc.nat(50), key: fc.uuid() }), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(
      charges,
      fc.nat(20),
      fc.constantFrom(1 / 128, 1 / 8, 1 / 2),
      fc.nat(5_000),
      (list, exact, part, window) => {
        const account = new Account();
        let now = 0;
        for (const { wait, score, key } of list) {
          now += wait;
          account.settle(account.admit(key, now), score, now);
        }
        const merged = account.copy();
        merged.merge({ exact, part });
        merged.merge({ exact, part });
        for (const later of [0, 1, window, 3 * window]) {
          const from = now + later - window;
          if (merged.admissions(from) < account.admissions(from) || merged.risk(from) < account.risk(from))
            return false;
          // and what it adds is no older than the window and the part of it that entries may count longer
          if (merged.risk(from) > account.risk(from - part * (now - from) - 1)) return false;
        }
        for (const entry of merged.entries) {
          const same = entry.key === undefined ? undefined : account.find(entry.key);
          if (same && merged.risk(entry.time - window, entry) < account.risk(same.time - window, same)) return false;
        }
        return true;
      },
    ),
    { numRuns: 500 },
  );
  t.pass();
});
