import type { Action, ActionRequest, RequestApproval } from "../api/types.ts";
import { renderBody, renderTitle } from "../approval/body.ts";
import type { ApprovalEnvelope } from "../approval/envelope.ts";
import type { Evidence } from "../approval/evidence.ts";
import { roundFiles } from "../approval/files.ts";
import type { ApprovalForge, RoundContent } from "../approval/provider.ts";
import type { Terms } from "./round-terms.ts";

interface RoundSubject {
  request: ActionRequest;
  envelope: ApprovalEnvelope;
  approval: RequestApproval;
  action: Action | undefined;
  terms: Terms;
  kind: ApprovalForge["kind"];
}

/** Everything that people are shown in a round, from what is in force now. Values that the Action redacts are not among it. */
export function roundContent(subject: RoundSubject): RoundContent {
  const evidence = evidenceOf(subject);
  const { terms, approval, request } = subject;
  return {
    branch: approval.branch ?? "",
    title: renderTitle(evidence),
    body: renderBody(evidence),
    message: `Asked for by ActionRequest ${request.metadata.namespace}/${request.metadata.name}.\n\nDigest: ${approval.digest}`,
    files: roundFiles(evidence),
    labels: ["agent-safe", `risk: ${request.status?.decision?.effectiveRisk ?? "unknown"}`],
    reviewers: { users: terms.requirement.require.flatMap(({ users }) => users ?? []), teams: terms.teams },
  };
}

function evidenceOf({ request, envelope, approval, action, terms, kind }: RoundSubject): Evidence {
  const { spec, status } = request;
  const { result = "", reason = "", policy, policyDigest, rule, trace } = status?.decision ?? {};
  const { riskClass = "unknown", effectiveRisk = "unknown", cumulativeRisk, escalatedFrom } = status?.decision ?? {};
  const undo = action?.spec.rollback;
  return {
    ...{ envelope, digest: approval.digest ?? "", folder: approval.folder ?? "" },
    decisions: [
      {
        decision: {
          ...{ result, reason, riskClass, effectiveRisk, trace: (trace ?? []).map(traceEntry) },
          ...(policy && { policy }),
          ...(policyDigest && { policyDigest }),
          ...(rule && { rule }),
          ...(cumulativeRisk && { cumulativeRisk }),
          ...(escalatedFrom && { escalatedFrom }),
        },
      },
    ],
    plans: [{ mode: status?.plan?.mode ?? "none", ...planOf(status?.plan) }],
    require: terms.requirement.require,
    confirmDigest: terms.requirement.confirmDigest,
    ...(undo && { rollback: { action: undo.action, params: undo.params ?? {} } }),
    ...(spec.reason && { reason: spec.reason }),
    ...(spec.ticketId && { ticketId: spec.ticketId }),
    ...(spec.correlationId && { correlationId: spec.correlationId }),
    consequences: [],
    how: kind === "git" ? gitSteps(request) : forgeSteps(terms),
  };
}

function traceEntry({ policy = "", rule = "", outcome = "", condition, message }: TraceLike) {
  return { policy, rule, outcome, ...(condition && { condition }), ...(message && { message }) };
}

interface TraceLike {
  policy?: string;
  rule?: string;
  outcome?: string;
  condition?: string;
  message?: string;
}

function planOf(plan: NonNullable<ActionRequest["status"]>["plan"]): { diff?: string; reason?: string } {
  if (plan === undefined) return { reason: "dry runs are not made yet" };
  return {
    ...(plan.diff !== undefined && { diff: plan.diff }),
    ...(plan.reason !== undefined && { reason: plan.reason }),
  };
}

function gitSteps({ metadata: { namespace, name } }: ActionRequest): string[] {
  return [
    `To approve: agent-safe approval approve ${namespace}/${name} --as YOU`,
    `To deny: agent-safe approval deny ${namespace}/${name} --as YOU`,
  ];
}

function forgeSteps({ requirement }: Terms): string[] {
  const digest = requirement.confirmDigest ? ", with the first 8 characters of the digest in its text" : "";
  return [
    `To approve, submit an approving review of this commit${digest}.`,
    "To deny, request changes, or close this pull request. A denial is final.",
    "Pushing to this branch voids the round.",
  ];
}
