import { CANCEL_ANNOTATION, CONDITIONS } from "../api/constants.ts";
import type { ActionPlan, ActionRequest, RequestTicket } from "../api/types.ts";
import { planStops } from "./plan-next.ts";
import { hasOpenRound } from "./round-next.ts";

/** What the decider has to do about a request now. */
export type Next =
  /** Nothing: it is settled, being deleted, or the executor's since its claim. */
  | { do: "nothing" }
  /** It is finished without ever having been claimed; only the mark is missing. */
  | { do: "settle" }
  /** Its requester took it back, or the plan that it is a step of goes no further. */
  | { do: "cancel"; message: string }
  /** It asks for something that this version does not do; doing less in silence would be worse than saying so. */
  | { do: "refuse"; message: string }
  /** Its time is over. */
  | { do: "expire"; deadline: number }
  /** A ticket is out: does the verdict still stand? If so, look again at `until` (epoch ms). */
  | { do: "recheck"; ticket: RequestTicket; until: number }
  /** Decide; a ticket would be number `attempt`. */
  | { do: "judge"; attempt: number; deadline: number };

/** Clocks of decider and executor may differ by this much before an expired ticket is given up for dead, in milliseconds. */
export const CLOCK_SKEW_MS = 5_000;

/** How long after its deadline a round that can't be read any more is given up, in milliseconds. */
const UNREACHABLE_MS = 30_000;

/** The next step for a request, from its state and that of the plan that it is a step of. `now` is epoch ms. */
export function nextStep(request: ActionRequest, now: number, decisionTimeoutMs: number, plan?: ActionPlan): Next {
  const { status, metadata } = request;
  if (metadata.deletionTimestamp !== undefined || status?.settled === true) return { do: "nothing" };
  if (status?.claim !== undefined) return { do: "nothing" };
  // What is left to do at an approval provider comes first.
  if (isTrue(request, CONDITIONS.Finished)) return { do: hasOpenRound(request) ? "nothing" : "settle" };
  if (metadata.annotations?.[CANCEL_ANNOTATION] === "true")
    return { do: "cancel", message: "Its requester took it back before it was executed." };
  const stops = plan !== undefined && plan.metadata.uid === request.spec.planRef?.uid ? planStops(plan) : undefined;
  if (stops !== undefined) return { do: "cancel", message: `It was not executed, because ${stops}.` };
  const unserved = unservedField(request);
  if (unserved !== undefined) return { do: "refuse", message: unserved };
  const deadline = roundDeadline(request) ?? Date.parse(metadata.creationTimestamp ?? "") + decisionTimeoutMs;
  // A creation time that can't be read would mean no deadline at all.
  if (!(now < deadline)) return { do: "expire", deadline };
  const ticket = status?.ticket;
  if (ticket === undefined) return { do: "judge", attempt: 1, deadline };
  const until = Date.parse(ticket.expiresAt ?? "") + CLOCK_SKEW_MS;
  if (ticket.revokedAt === undefined && now < until) return { do: "recheck", ticket, until };
  return { do: "judge", attempt: ticket.attempt + 1, deadline };
}

/** What was sent to people lives as long as policy gives them, and as long as their approval is good. */
function roundDeadline({ status }: ActionRequest): number | undefined {
  const { approval, decision } = status ?? {};
  if (approval?.round === undefined || decision?.result !== "require_approval") return undefined;
  if (approval.verdict === "Approved") return Date.parse(approval.validUntil ?? "");
  // The round itself ends it in time; this is for when nobody can be asked any more.
  return Date.parse(approval.deadline ?? "") + UNREACHABLE_MS;
}

/** Admission refuses these with the same reason; this holds when admission is gone. A dry run must never become a real one. */
function unservedField({ spec }: ActionRequest): string | undefined {
  if (spec.dryRun === true) return "spec.dryRun is not served yet: send the request without it, or judge it offline.";
  return spec.rollbackOf === undefined ? undefined : "spec.rollbackOf is not served yet: send the request without it.";
}

function isTrue(request: ActionRequest, type: string): boolean {
  return (
    request.status?.conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false
  );
}
