import test from "ava";
import type { ChargeRow } from "../../controller/limits/charge-row.ts";
import { Ledger } from "../../controller/limits/ledger.ts";
import type { RiskLimits } from "../../controller/limits/risk-limits.ts";
import { bot, desk, HOUR, MINUTE } from "./make.ts";

function entries(ledger: Ledger): number {
  return ledger.agents().reduce((sum, agent) => sum + (ledger.account(agent)?.entries.length ?? 0), 0);
}

function* flood(count: number, agents: number, apart: number): Iterable<ChargeRow> {
  for (let i = 0; i < count; i++)
    yield { key: `k${i}`, agent: `a${i % agents}`, time: i * apart, nth: 0, score: 1, denied: false, refused: false };
}

test("an agent that charges without end keeps a bounded memory, and its totals stay true from above", (t) => {
  const ledger = new Ledger({ keepMs: 200 * HOUR });
  ledger.replay(flood(200_000, 1, 100));
  t.true(entries(ledger) <= 4_096);
  const now = 200_000 * 100;
  for (const windowMs of [MINUTE, 10 * MINUTE, HOUR, 5 * HOUR]) {
    const { used = 0 } = ledger.view("a0", now, { rate: { max: 1, windowMs } }).budget ?? {};
    const exact = Math.min(200_000, windowMs / 100);
    t.true(used >= exact && used <= exact * 1.01 + 2, `${used} of ${exact} in ${windowMs}`);
  }
});

test("the limit of 100,000 a window is still held", (t) => {
  const limits: RiskLimits = { rate: { max: 100_000, windowMs: HOUR } };
  const { ask } = desk(limits);
  let admitted = 0;
  for (let i = 0; i < 101_000; i++) if (ask("low", i).cause !== "RateLimited") admitted++;
  t.is(admitted, 100_000);
});

test("agents beyond the bound share an account, and none that is known is forgiven", (t) => {
  const limits: RiskLimits = { rate: { max: 2, windowMs: MINUTE } };
  const { ask, ledger } = desk(limits, new Ledger({ keepMs: HOUR, maxAgents: 3 }));
  for (const id of ["a", "b", "c", "d"]) t.is(ask("low", 0, { agent: bot(id) }).result, "allow");
  t.is(ledger.size, 4);
  t.is(ask("low", 1, { agent: bot("e") }).result, "allow");
  // d and e pay together
  t.is(ask("low", 2, { agent: bot("d") }).cause, "RateLimited");
  t.is(ask("low", 2, { agent: bot("new") }).cause, "RateLimited");
  t.is(ask("low", 2, { agent: bot("a") }).result, "allow");
  t.is(ask("low", 3, { agent: bot("a") }).cause, "RateLimited");
  // also when there is room again, as long as the shared charges count
  ledger.prune(HOUR + 1);
  t.deepEqual(ledger.agents(), ["a"]);
  t.is(ledger.view("d", HOUR + 1, { rate: { max: 2, windowMs: 2 * HOUR } }).budget?.used, 1);
  ledger.prune(HOUR + 2);
  t.is(ask("low", HOUR + 2, { agent: bot("d") }).result, "allow");
  t.true(ledger.agents().includes("d"));
});

test("many busy agents together stay below the bound, those who did most are merged first", (t) => {
  const ledger = new Ledger({ keepMs: 200 * HOUR, maxEntries: 10_000 });
  ledger.replay(flood(1_000, 1, 1_000));
  ledger.replay(flood(100_000, 100, 1_000));
  t.true(entries(ledger) <= 10_000);
  for (const agent of ledger.agents()) {
    const { used = 0 } = ledger.view(agent, 100_000_000, { rate: { max: 1, windowMs: 30 * HOUR } }).budget ?? {};
    t.true(used >= 1_000);
  }
  t.is(ledger.size, 100);
});

test("the bound holds for what is charged live as well", (t) => {
  const { ask, ledger } = desk(
    { rate: { max: 100_000, windowMs: HOUR } },
    new Ledger({ keepMs: HOUR, maxEntries: 500 }),
  );
  for (let i = 0; i < 2_000; i++) ask("low", i, { agent: bot(`a${i % 3}`) });
  t.true(entries(ledger) <= 501);
});

test("a breaker can't be closed by denials beyond those that are remembered", (t) => {
  const limits: RiskLimits = { breaker: { threshold: 1_000, windowMs: HOUR, cooldownMs: HOUR } };
  const ledger = new Ledger({ keepMs: 3 * HOUR });
  const row = (i: number): ChargeRow => ({
    key: `k${i}`,
    agent: "bot",
    time: i,
    nth: 0,
    score: 0,
    denied: true,
    refused: false,
  });
  ledger.replay(Array.from({ length: 50_000 }, (_, i) => row(i)));
  t.is(ledger.account("bot")?.denials.length, 2_000);
  t.is(ledger.view("bot", 50_000, limits).breaker?.state, "Open");
});
