import type { ChargeRow } from "../limits/charge-row.ts";
import type { AuditEvent } from "./event.ts";

/** A charge as a row: key, agent, time (epoch ms), nth, score, denied (0 or 1). */
export type ChargeTuple = [string, string, number, number, number, number];

/** What the index keeps of an event: seq, time (epoch ms), type, request uid, ns, name, attempt, result, charges. */
export type IndexRow = [
  number,
  number,
  string,
  string | null,
  string | null,
  string | null,
  number | null,
  string | null,
  ChargeTuple[],
];

/** One attempt to execute a request. */
export interface Execution {
  attempt: number;
  /** Seq of the intent; absent when the log has an outcome alone. */
  intent?: number;
  /** Seq of the last outcome, or of the record that it is unknown. */
  outcome?: number;
  outcomeType?: "execution.outcome" | "execution.unknown";
  /** `data.result` of that outcome. */
  result?: string;
}

/** Types of events that {@link foldExecutions} reads. */
export const EXECUTION_TYPES = ["execution.intent", "execution.outcome", "execution.unknown"];

/** The row of an event. */
export function indexRow(
  event: Pick<AuditEvent, "seq" | "type" | "action" | "data"> & { time: string | number },
): IndexRow {
  const { action, data } = event;
  const attempt = action?.attempt ?? data.attempt;
  const result = data.result;
  return [
    event.seq,
    typeof event.time === "number" ? event.time : Date.parse(event.time),
    event.type,
    action?.uid ?? null,
    action?.ns ?? null,
    action?.name ?? null,
    typeof attempt === "number" ? attempt : null,
    typeof result === "string" ? result.slice(0, 64) : null,
    chargesOf(data),
  ];
}

/** What an event charged: `data.charge`, or `data.charges` of one that decides several. What was refused was not charged. */
function chargesOf(data: Record<string, unknown>): ChargeTuple[] {
  if (data.charge === undefined && data.charges === undefined) return [];
  const listed: unknown[] = Array.isArray(data.charges) ? data.charges : [];
  return [data.charge, ...listed].flatMap((charge) => {
    if (typeof charge !== "object" || charge === null) return [];
    const { key, agent, time, nth, score, denied, refused } = charge as Partial<Record<keyof ChargeRow, unknown>>;
    if (refused === true || typeof key !== "string" || typeof agent !== "string" || !isCount(time)) return [];
    return [[key, agent, time, isCount(nth) ? nth : 0, isCount(score) ? score : 0, denied === true ? 1 : 0]];
  });
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** Folds rows of one request into its attempts. */
export function foldExecutions(rows: readonly IndexRow[]): Execution[] {
  const attempts = new Map<number, Execution>();
  for (const [seq, , type, , , , attempt, result] of rows) {
    const key = attempt ?? 1;
    const execution = attempts.get(key) ?? { attempt: key };
    attempts.set(key, execution);
    if (type === "execution.intent") execution.intent ??= seq;
    else if (
      type === "execution.outcome" ||
      (type === "execution.unknown" && execution.outcomeType !== "execution.outcome")
    ) {
      execution.outcome = seq;
      execution.outcomeType = type;
      if (result === null) delete execution.result;
      else execution.result = result;
    }
  }
  return [...attempts.values()].sort((a, b) => a.attempt - b.attempt);
}
