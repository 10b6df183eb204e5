import test from "ava";
import type { ChargeRow } from "../../controller/limits/charge-row.ts";
import { Ledger } from "../../controller/limits/ledger.ts";
import { createBudgets } from "../../controller/reconcilers/budgets.ts";
import { waitFor } from "../../hack/lib/wait.ts";

const now = 10_000_000;
const minute = 60_000;
const quiet = { info: () => undefined, warn: () => undefined };

function source(...ages: number[]) {
  const asked: number[] = [];
  const rows = ages.map(
    (age, nth): ChargeRow => ({
      ...{ key: `k${age}`, agent: "bot", time: now - age, nth, score: 1, denied: false, refused: false },
    }),
  );
  return {
    asked,
    async *charges(since: number) {
      asked.push(since);
      yield* rows.filter(({ time }) => time >= since);
    },
  };
}

function world(keep: { ms: number }) {
  const ledger = new Ledger({ keepMs: 0 });
  const budgets = createBudgets({
    ...{ ledger, clock: () => now, judgedForMs: 0, logger: quiet, profilesKnown: Promise.resolve() },
    profiles: { keepMs: () => keep.ms },
  });
  const used = () => ledger.account("bot")?.admissions(0) ?? 0;
  return { budgets, used };
}

test("nothing is decided before the charges that the limits ask about are read", async (t) => {
  const { budgets, used } = world({ ms: 5 * minute });
  t.not(budgets.unavailable(), "");
  const log = source(minute, 4 * minute, 9 * minute);
  await budgets.load(log);
  t.is(budgets.unavailable(), "");
  t.deepEqual(log.asked, [now - 5 * minute]);
  t.is(used(), 2);
});

test("a log that can't be read leaves the budgets unknown", async (t) => {
  const { budgets } = world({ ms: minute });
  const broken = {
    charges: () => Promise.reject(new Error("no disk")),
  };
  await t.throwsAsync(budgets.load(broken), { message: "no disk" });
  t.not(budgets.unavailable(), "");
});

test("a profile that looks further back has older charges read before anything more is decided", async (t) => {
  const keep = { ms: 2 * minute };
  const { budgets, used } = world(keep);
  const log = source(minute, 4 * minute, 9 * minute);
  await budgets.load(log);
  budgets.widen(log);
  t.is(budgets.unavailable(), "", "nothing changed");
  keep.ms = 5 * minute;
  budgets.widen(log);
  t.not(budgets.unavailable(), "");
  await waitFor(() => budgets.unavailable() === "");
  t.is(used(), 2, "what was known is not charged again");
  keep.ms = minute;
  budgets.widen(log);
  t.is(budgets.unavailable(), "", "what is kept already is enough");
});

test("a profile that comes while charges are read is not missed", async (t) => {
  for (const first of ["load", "widen"] as const) {
    const keep = { ms: 2 * minute };
    const { budgets, used } = world(keep);
    const log = source(minute, 4 * minute, 9 * minute);
    if (first === "widen") {
      await budgets.load(log);
      keep.ms = 5 * minute;
    }
    const reading = first === "load" ? budgets.load(log) : budgets.widen(log);
    await Promise.resolve();
    keep.ms = 10 * minute;
    budgets.widen(log);
    await reading;
    await waitFor(() => budgets.unavailable() === "");
    t.is(used(), 3, first);
  }
});

test("budgets are not known as soon as a profile looks further back, before anybody says so", async (t) => {
  const keep = { ms: minute };
  const { budgets } = world(keep);
  const log = source(minute);
  await budgets.load(log);
  keep.ms = 5 * minute;
  t.regex(budgets.unavailable(), /further back/);
  budgets.widen(log);
  await waitFor(() => budgets.unavailable() === "");
});
