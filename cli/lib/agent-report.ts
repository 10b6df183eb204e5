import { formatDuration } from "../../controller/api/duration.ts";
import type { Agent, AgentSubject, RiskProfile } from "../../controller/api/types.ts";
import { limitsOf, type RiskLimits, UNLIMITED } from "../../controller/limits/risk-limits.ts";
import { safeLine } from "./terminal.ts";

/** The RiskProfile that limits an agent. */
export function profileOf(agent: Agent): string {
  return agent.spec.riskProfile ?? "default";
}

/** Who an agent is and how it stands to its limits. A limit that is not set is absent. */
export interface AgentReport {
  name: string;
  uid?: string;
  id: string;
  ready?: { status: string; reason: string; message: string };
  suspended: boolean;
  roles: string[];
  groups: string[];
  subjects: AgentSubject[];
  owners: NonNullable<Agent["spec"]["owners"]>;
  digest?: string;
  riskProfile: { name: string; found: boolean };
  budget?: { used: number; limit: number; windowSeconds: number };
  breaker?: {
    state: "Closed" | "Open";
    until?: string;
    threshold: number;
    windowSeconds: number;
    cooldownSeconds: number;
  };
  cumulativeRisk?: { score: number; class: string; escalateAt: number; denyAt: number; windowSeconds: number };
  lastRequestAt?: string;
}

/** Puts together what Agent and RiskProfile say; `profile` is undefined when the one that the Agent names does not exist. */
export function agentReport(agent: Agent, profile: RiskProfile | undefined): AgentReport {
  const { metadata, spec, status } = agent;
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  const limits = profile === undefined ? UNLIMITED : limitsOf(profile);
  return {
    name: metadata.name,
    ...(metadata.uid && { uid: metadata.uid }),
    id: spec.agentId ?? metadata.name,
    ...(ready && { ready: { status: ready.status, reason: ready.reason, message: ready.message } }),
    suspended: spec.suspended === true,
    roles: spec.roles ?? [],
    groups: spec.groups ?? [],
    subjects: spec.subjects ?? [],
    owners: spec.owners ?? [],
    ...(status?.digest && { digest: status.digest }),
    riskProfile: { name: profileOf(agent), found: profile !== undefined },
    ...used(status, limits),
    ...(status?.lastRequestAt && { lastRequestAt: status.lastRequestAt }),
  };
}

/** The limits are the profile's as it is now; what was used is what the controller counted last. */
function used(status: Agent["status"], { rate, breaker, cumulative }: RiskLimits): Partial<AgentReport> {
  const report: Partial<AgentReport> = {};
  if (rate) {
    report.budget = { used: status?.budget?.used ?? 0, limit: rate.max, windowSeconds: rate.windowMs / 1_000 };
  }
  if (breaker) {
    const { state = "Closed", until } = status?.breaker ?? {};
    report.breaker = {
      state,
      ...(until && { until }),
      threshold: breaker.threshold,
      windowSeconds: breaker.windowMs / 1_000,
      cooldownSeconds: breaker.cooldownMs / 1_000,
    };
  }
  if (cumulative) {
    const { escalateAt, denyAt, windowMs } = cumulative;
    const { score = 0, class: risk = "low" } = status?.cumulativeRisk ?? {};
    report.cumulativeRisk = { score, class: risk, escalateAt, denyAt, windowSeconds: windowMs / 1_000 };
  }
  return report;
}

/** The report for people, one fact a line. */
export function formatAgent(report: AgentReport, wide: boolean): string {
  const { budget, breaker, cumulativeRisk, ready, riskProfile } = report;
  const lines: [string, string][] = [
    ["Name", report.name],
    ["Agent id", report.id],
    ["Ready", ready ? `${ready.status} (${ready.reason}): ${ready.message}` : "not looked at yet"],
    ["Suspended", report.suspended ? "yes: whatever it asks for is denied" : "no"],
    ["Roles", list(report.roles)],
    ["Groups", list(report.groups)],
    ...entries("Subjects", report.subjects.map(subjectText)),
    ["Risk profile", riskProfile.found ? riskProfile.name : `${riskProfile.name} (${absent(riskProfile.name)})`],
  ];
  if (budget) lines.push(["Requests", `${budget.used} of ${budget.limit} in ${period(budget.windowSeconds)}`]);
  if (breaker) {
    const rule = `opens at ${breaker.threshold} denials in ${period(breaker.windowSeconds)}, for ${period(breaker.cooldownSeconds)}`;
    lines.push(["Breaker", `${breaker.state}${breaker.until ? ` until ${breaker.until}` : ""} (${rule})`]);
  }
  if (cumulativeRisk) {
    const { score, class: risk, escalateAt, denyAt, windowSeconds } = cumulativeRisk;
    const rule = `approval from ${escalateAt}, denied from ${denyAt}, in ${period(windowSeconds)}`;
    lines.push(["Cumulative risk", `${score}, ${risk} (${rule})`]);
  }
  lines.push(["Last request", report.lastRequestAt ?? "none"]);
  if (wide) {
    lines.push(
      ...entries(
        "Owners",
        report.owners.map(({ provider, userId, login }) => `${provider}/${userId}${login ? ` (${login})` : ""}`),
      ),
    );
    lines.push(["UID", report.uid ?? ""], ["Digest", report.digest ?? ""]);
  }
  const width = Math.max(...lines.map(([label]) => label.length)) + 1;
  const line = ([label, text]: [string, string]) =>
    `${(label && `${label}:`).padEnd(width)} ${safeLine(text)}`.trimEnd();
  return `${lines.map(line).join("\n")}\n`;
}

function absent(profile: string): string {
  return profile === "default" ? "there is none: no limits" : "it does not exist: nothing is decided for this agent";
}

function entries(label: string, texts: readonly string[]): [string, string][] {
  return texts.length === 0 ? [[label, "none"]] : texts.map((text, i) => [i === 0 ? label : "", text]);
}

function list(texts: readonly string[]): string {
  return texts.length === 0 ? "none" : texts.join(", ");
}

function subjectText({ kind, namespace, name, issuer, subject }: AgentSubject): string {
  if (kind === "JWT") return `JWT ${issuer} ${subject}`;
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

function period(seconds: number): string {
  return formatDuration(seconds * 1_000);
}
