import type { Decision } from "../../controller/policy/types.ts";
import { explain } from "./divergences.ts";
import type { Asked } from "./generate-request.ts";
import type { Answer } from "./oracle.ts";
import { answerOf, askLimited, askOurs, type Ours } from "./ours.ts";

/** What came of comparing the answers of both sides. */
export interface Comparison {
  agreed: number;
  /** Number of cases by meant difference. */
  divergent: Map<string, number>;
  /** Cases under limits of a caller whose account a meant difference has changed. */
  clouded: number;
  /** Ids of meant differences by number of the request, of the last project. */
  meant: Record<string, string>;
  unexplained: { asked: Asked; theirs: Answer; ours: Answer; made: Decision }[];
}

/** How many cases were compared. */
export function compared({ agreed, divergent, unexplained }: Comparison): number {
  return agreed + unexplained.length + [...divergent.values()].reduce((sum, count) => sum + count, 0);
}

export function newComparison(): Comparison {
  return { agreed: 0, divergent: new Map(), clouded: 0, meant: {}, unexplained: [] };
}

/** Asks our side each request that the other answered, in order, and compares. `lines` are the requests as JSON for Python. */
export function compare(ours: Ours, lines: readonly string[], answers: readonly Answer[], into: Comparison): void {
  const limited = ours.objects.riskProfile !== undefined;
  into.meant = {};
  const clouded = new Set<string>();
  for (const [i, json] of lines.entries()) {
    const asked = JSON.parse(json) as Asked;
    const payer = payerOf(asked);
    if (clouded.has(payer)) {
      into.clouded++;
      continue;
    }
    const theirs = answers[i] ?? { error: "no answer" };
    const made = limited ? askLimited(ours, asked, `r${i}`) : askOurs(ours, asked, `r${i}`);
    const answer = answerOf(ours, made);
    if (JSON.stringify(answer) === JSON.stringify(theirs)) {
      into.agreed++;
      continue;
    }
    const why = explain({ ours, asked, json, theirs, made });
    if (limited) clouded.add(payer);
    if (why) {
      into.meant[i] = why.id;
      into.divergent.set(why.id, (into.divergent.get(why.id) ?? 0) + 1);
    } else into.unexplained.push({ asked, theirs, ours: answer, made });
  }
}

function payerOf({ caller }: Asked): string {
  return caller === null ? "anonymous" : typeof caller === "string" ? caller : caller.id;
}
