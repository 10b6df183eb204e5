import type { ActionRequest, LogPosition, RequestApproval } from "../api/types.ts";
import type { ApprovalForge } from "../approval/provider.ts";
import type { Verdict } from "../approval/types.ts";
import { failpoint } from "../runtime/failpoint.ts";
import { roundRecord, voteData } from "./round-record.ts";
import { cutTo, isoTime, placeOf, type RoundScope } from "./round-scope.ts";
import { votesOf } from "./round-status.ts";
import type { Terms } from "./round-terms.ts";

/** A round at its provider. */
export interface RoundAt {
  request: ActionRequest;
  forge: ApprovalForge;
  terms: Terms;
}

/** Writes down what a look has found, reviews before what follows from them. */
export async function settleRound(scope: RoundScope, at: RoundAt, verdict: Verdict): Promise<void> {
  const { approval: before } = at.request.status ?? {};
  if (before === undefined) return;
  let record: LogPosition | undefined;
  const known = new Set((before.votes ?? []).map(voteKey));
  for (const vote of verdict.votes) {
    if (known.has(voteKey(vote))) continue;
    record = await scope.append(roundRecord(at.request, "approval.vote", before, voteData(vote)));
  }
  const approval = { ...before, votes: votesOf(verdict.votes) };
  const seen = { ...at, request: { ...at.request, status: { ...at.request.status, approval } } };
  switch (verdict.kind) {
    case "Pending":
      return wait(scope, at.request, { before, approval, verdict, record });
    case "Approved":
      return approve(scope, seen, verdict);
    case "Denied": {
      const by = verdict.by.map(({ login }) => login).join(", ");
      return endRound(scope, seen, "Denied", `Denied${by === "" ? "" : ` by ${by}`}: ${verdict.why}.`);
    }
    case "Void":
      return endRound(scope, seen, "Void", verdict.why);
    case "Expired":
      return endRound(scope, seen, "Expired", "Nobody decided in time.");
  }
}

interface StillWaiting {
  before: RequestApproval;
  approval: RequestApproval;
  verdict: Extract<Verdict, { kind: "Pending" }>;
  record: LogPosition | undefined;
}

async function wait(scope: RoundScope, request: ActionRequest, waiting: StillWaiting): Promise<void> {
  const { before, verdict, record } = waiting;
  const merged = verdict.mergedWithoutApproval ? "; it was merged, which approves nothing" : "";
  const message = cutTo(`Waits for people: ${verdict.message}${merged}: ${before.url ?? ""}`);
  if (record === undefined && before.message === message && before.verdict === "Pending") return;
  // One that was approved and is not any more, before anything came of it, waits again.
  const { verdictAt: _, validUntil: __, approvers: ___, breakGlass: ____, ...open } = waiting.approval;
  await scope.write(request, {
    kind: "waiting",
    approval: { ...open, verdict: "Pending", message },
    message,
    ...(record && { record }),
  });
}

async function approve(
  scope: RoundScope,
  { request, forge, terms }: RoundAt,
  { approvers: people, breakGlass }: Extract<Verdict, { kind: "Approved" }>,
): Promise<void> {
  const { approval = {} } = request.status ?? {};
  const approvers = people.map(({ login }) => login);
  const now = scope.options.clock();
  const message = `Approved by ${approvers.join(", ")}${breakGlass ? ", alone in an emergency" : ""}.`;
  const more = { approvers: people.map(({ userId }) => userId), breakGlass };
  const record = await scope.append(roundRecord(request, "approval.approved", approval, more));
  failpoint("round-approved");
  const said = { verdictAt: isoTime(now), validUntil: isoTime(now + terms.validForMs), approvers, message };
  const yes: RequestApproval = { ...approval, ...said, verdict: "Approved", ...(breakGlass && { breakGlass }) };
  await scope.write(request, { kind: "approved", approval: yes, message, record });
  scope.tell(request, "Normal", "Approved", message);
  await forge.setCheck(placeOf(request), "approved", message).catch(scope.told(request));
}

const TYPES = { Denied: "approval.denied", Void: "approval.void", Expired: "approval.expired" } as const;

/** Ends a round without an approval. */
export async function endRound(
  scope: RoundScope,
  { request, forge, terms }: RoundAt,
  verdict: "Denied" | "Void" | "Expired",
  why: string,
): Promise<void> {
  const { approval: before = {} } = request.status ?? {};
  const record = await scope.append(roundRecord(request, TYPES[verdict], before, { reason: why }));
  const message = verdict === "Void" ? `The round of approval is void: ${why}.` : why;
  const verdictAt = isoTime(scope.options.clock());
  const approval: RequestApproval = { ...before, verdict, verdictAt, message: cutTo(message) };
  scope.tell(request, "Warning", verdict === "Void" ? "ApprovalVoid" : verdict, message);
  if (verdict === "Denied") return scope.write(request, { kind: "rejected", approval, message, record });
  if (verdict === "Expired") return scope.write(request, { kind: "expired", approval, message, record });
  // Closed before the next one is opened; when it is ours that closed it, and we died before writing, it is void again.
  if (before.headSHA !== undefined) {
    const next = (before.round ?? 1) < terms.maxRounds ? "Another round is opened." : "";
    await forge.close(placeOf(request), `${message}\n\n${next}`);
  }
  return scope.write(request, { kind: "waiting", approval, message, record });
}

function voteKey({ reviewId, verdict, counted }: { reviewId?: string; verdict: string; counted?: boolean }): string {
  return `${reviewId}/${verdict}/${counted}`;
}
