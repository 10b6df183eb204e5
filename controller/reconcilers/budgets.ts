import type { ChargeRow } from "../limits/charge-row.ts";
import type { Ledger } from "../limits/ledger.ts";
import type { RiskLimitsIndex } from "./risk-limits.ts";

/** Where charges of the past come from: a log that is open. */
export interface ChargeSource {
  charges(sinceMs: number): AsyncIterable<ChargeRow> | Promise<Iterable<ChargeRow>>;
}

export interface BudgetsOptions {
  ledger: Ledger;
  profiles: Pick<RiskLimitsIndex, "keepMs">;
  /** Resolves when every RiskProfile is known: they say how far back is to be read. */
  profilesKnown: Promise<void>;
  clock: () => number;
  /** How long after its charge a request may be judged again, in ms. */
  judgedForMs: number;
  logger: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

/** The memory of what agents have used, kept as long as any limit looks back, and rebuilt from the log. */
export interface Budgets {
  /** Why nothing may be decided yet; empty when the budgets are known. */
  unavailable(): string;
  /** Reads what was charged from a log that was just opened. Rejects when it can't be read: then the log is of no use yet. */
  load(source: ChargeSource): Promise<void>;
  /** Call when a RiskProfile changed: one that looks further back needs charges that were not kept. Reads them before anything more is decided. */
  widen(source: ChargeSource | undefined): void;
  /** Forgets what no limit asks for any more. */
  prune(): void;
}

/** What a profile says before its charges are read. */
const further = "the agents' budgets are read from the log, further back than before";

export function createBudgets(options: BudgetsOptions): Budgets {
  const { ledger, profiles, clock, judgedForMs, logger } = options;
  let reason = "the agents' budgets are not read from the log yet";

  async function replay(source: ChargeSource): Promise<void> {
    const began = performance.now();
    const rows: ChargeRow[] = [];
    let count = 0;
    for await (const row of await source.charges(clock() - ledger.keepMs)) {
      rows.push(row);
      if (rows.length < 1_000) continue;
      count += rows.length;
      ledger.replay(rows.splice(0));
    }
    ledger.replay(rows);
    count += rows.length;
    logger.info({ charges: count, ms: Math.round(performance.now() - began) }, "budgets read from the log");
  }

  const tooShort = () => profiles.keepMs(judgedForMs) > ledger.keepMs;

  /** A profile that came while it was read may look further back still: until none does. */
  async function readBack(source: ChargeSource): Promise<void> {
    do {
      ledger.keepMs = Math.max(ledger.keepMs, profiles.keepMs(judgedForMs));
      await replay(source);
    } while (tooShort());
    reason = "";
  }

  return {
    unavailable: () => reason || (tooShort() ? further : ""),
    async load(source) {
      await options.profilesKnown;
      await readBack(source);
    },
    widen(source) {
      if (!tooShort() || source === undefined || reason !== "") return;
      reason = further;
      const again = async () => {
        for (let wait = 500; reason !== ""; wait = Math.min(2 * wait, 15_000)) {
          try {
            await readBack(source);
          } catch (error) {
            logger.warn({ err: error, retryInMs: wait }, "the agents' budgets can't be read: nothing is decided");
            await new Promise((resolve) => setTimeout(resolve, wait).unref());
          }
        }
      };
      void again();
    },
    prune: () => ledger.prune(clock()),
  };
}
