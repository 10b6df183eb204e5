import { capped, code, fence, plainLine } from "./defuse.ts";
import type { DecisionEvidence, Evidence, PlanEvidence } from "./evidence.ts";
import type { ApproverGroup } from "./types.ts";

/** The most characters that forges take for a pull request's text. */
export const MAX_BODY = 65_536;
/** So much of a diff is shown; the whole stands in the files. */
const SHOWN_DIFF = 24_000;
const SHOWN_REASON = 2_000;

/** The title of a round. */
export function renderTitle({ envelope, decisions }: Evidence): string {
  const [first] = envelope.steps;
  const what =
    envelope.steps.length === 1
      ? `${first?.action.name} ${first?.target.id}`
      : `plan of ${envelope.steps.length} steps`;
  const risk = highest(decisions.map(({ decision }) => decision.effectiveRisk));
  return plainLine(`agent-safe: ${what}: risk ${risk}, by ${envelope.agent.id}`, 200);
}

/**
 * What reviewers read. Made from the same values as the files and never read back: editing it changes nothing. Parts that would not fit
 * are cut and say so, with their sizes; the files hold everything.
 */
export function renderBody(evidence: Evidence): string {
  const { envelope, digest, plans } = evidence;
  const parts = [
    summary(evidence),
    `## What is approved\n\nDigest: \`${digest}\`\n\nIt covers the request, its requester, action, target, parameters, plan and expiry. Check it against the files of this branch:\n\n${fence(`agent-safe approval verify ${evidence.folder}/envelope.json --digest ${digest}`, "sh")}`,
    ...envelope.steps.map(
      ({ step, params }) => `### Parameters${of(step)}\n\n${fence(JSON.stringify(params, null, 2), "json")}`,
    ),
    `## What would change\n\n${plans.map((plan) => renderPlan(plan, Math.floor(SHOWN_DIFF / plans.length), evidence.folder)).join("\n\n")}`,
    `## Why it needs you\n\n${evidence.decisions.map(({ step, decision }) => renderDecision(decision, step)).join("\n\n")}`,
    ...(evidence.consequences.length === 0
      ? []
      : [`## What hangs on it\n\n${evidence.consequences.map((line) => `- ${line}`).join("\n")}`]),
    `## How it can be undone\n\n${renderRollback(evidence)}`,
    `## The agent's own words\n\nUntrusted text from the agent:\n\n${fence(capped(evidence.reason ?? "(none)", SHOWN_REASON))}`,
    `## How to decide\n\n${[...evidence.how, "Merging this approves nothing."].map((line) => `- ${line}`).join("\n")}`,
  ];
  const body = parts.join("\n\n");
  if (body.length <= MAX_BODY) return body;
  const note = `\n\nThis text is cut: ${body.length} characters don't fit. Everything stands in the files under ${code(evidence.folder)}.`;
  // A fence that the cut may have left open must not swallow the note.
  return `${body.slice(0, MAX_BODY - note.length - 16)}\n\n\`\`\`\`\`\`\`\`${note}`;
}

function summary({ envelope, decisions, require, ticketId, correlationId }: Evidence): string {
  const { request, requester, agent, delegation, steps, expiresAt } = envelope;
  const chain = [...delegation.map(({ id }) => id), agent.id].map((id) => code(id)).join(" → ");
  const pod = requester.extra?.["authentication.kubernetes.io/pod-name"]?.[0];
  const rows: [string, string][] = [
    ["Who", `${chain}, signed in as ${code(requester.username)}${pod === undefined ? "" : ` from pod ${code(pod)}`}`],
    ...steps.map(({ step, action, target }): [string, string] => [
      `What${of(step)}`,
      `${code(action.name)} on ${code(target.id)}`,
    ]),
    ["Risk", highest(decisions.map(({ decision }) => decision.effectiveRisk))],
    ["Request", `${request.kind} ${code(`${request.namespace}/${request.name}`)}, UID ${code(request.uid)}`],
    ...(ticketId === undefined ? [] : [["Change ticket", code(ticketId)] as [string, string]]),
    ...(correlationId === undefined ? [] : [["Belongs to", code(correlationId)] as [string, string]]),
    ["Needs", require.map(renderGroup).join("; and ")],
    ["Expires", code(expiresAt)],
  ];
  return `| | |\n|---|---|\n${rows.map(([name, value]) => `| ${name} | ${value} |`).join("\n")}`;
}

function renderGroup({ count, teams, users, minPermission }: ApproverGroup): string {
  const named = [
    ...(teams ?? []).map((team) => `team ${code(team)}`),
    ...(users ?? []).map((user) => `user ${code(user)}`),
  ];
  const who = named.length === 0 ? "anybody" : named.join(" or ");
  const least = minPermission ?? (named.length === 0 ? "write" : undefined);
  return `${count} of ${who}${least === undefined ? "" : ` with ${least} permission`}`;
}

function renderPlan({ step, mode, diff, reason }: PlanEvidence, room: number, folder: string): string {
  const title = step === undefined ? "" : `### Step ${code(step)}\n\n`;
  if (mode === "none" || diff === undefined)
    return `${title}No dry run: ${reason === undefined ? "not known why" : code(reason, 500)}.`;
  if (diff.trim() === "") return `${title}The API server says that nothing would change.`;
  const cut = diff.length > room;
  const shown = fence(cut ? diff.slice(0, room) : diff, "diff");
  return `${title}${shown}${cut ? `\n\nThe first ${room} of ${diff.length} characters; the whole is in ${code(`${folder}/plan.diff`)}.` : ""}`;
}

function renderDecision(decision: DecisionEvidence, step: string | undefined): string {
  const { policy, rule, reason, riskClass, effectiveRisk, cumulativeRisk, escalatedFrom, trace } = decision;
  const lines = [
    `- Rule ${code(`${policy ?? "?"}/${rule ?? "?"}`)}: ${code(reason, 500)}`,
    `- Risk of the action ${riskClass}, on this target ${effectiveRisk}${cumulativeRisk === undefined ? "" : `; gathered by the agent: ${cumulativeRisk.score} (${cumulativeRisk.class})`}`,
    ...(escalatedFrom === undefined
      ? []
      : [`- The rules alone had said ${escalatedFrom}; the gathered risk made it ${decision.result}.`]),
    ...trace.slice(0, 20).map((entry) => {
      const why = entry.condition === undefined ? "" : ` by ${code(entry.condition)}`;
      return `- ${code(`${entry.policy}/${entry.rule}`)} ${entry.outcome}${why}`;
    }),
  ];
  return `${step === undefined ? "" : `### Step ${code(step)}\n\n`}${lines.join("\n")}`;
}

function renderRollback({ rollback }: Evidence): string {
  if (rollback === undefined) return "The action names nothing that undoes it.";
  return `By ${code(rollback.action)}, which is asked for and judged like any other:\n\n${fence(JSON.stringify(rollback.params, null, 2), "json")}`;
}

function of(step: string | undefined): string {
  return step === undefined ? "" : ` (step ${code(step)})`;
}

function highest(risks: readonly string[]): string {
  return ["critical", "high", "medium", "low"].find((risk) => risks.includes(risk)) ?? "unknown";
}
