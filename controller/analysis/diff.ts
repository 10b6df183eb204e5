import { decide, verdict } from "../policy/decide.ts";
import type { PolicyEngine } from "../policy/engine.ts";
import type { CompiledRule } from "../policy/rule.ts";
import { inWindow } from "../policy/time.ts";
import type { DecideInput, RequestInput, ResolvedAgent } from "../policy/types.ts";
import { changedRules } from "./changed-rules.ts";
import { inventInventory } from "./invented.ts";
import { matchesPair, rulesOf } from "./inventory.ts";
import { type CallerSamples, sampleCallers } from "./sample-callers.ts";
import { literalsOf, sampleParams } from "./sample-params.ts";
import { type Both, type Subject, subjectsOf } from "./subjects.ts";
import type { Difference, PolicyDiff, Side } from "./types.ts";
import { boundaries } from "./week.ts";

export interface DiffOptions {
  /** Agents that exist; they are tried first, so that witnesses name them. */
  agents?: readonly ResolvedAgent[];
  /** Epoch ms from which a week of times is tried; default a Monday in 2026, so that the result does not depend on today. */
  now?: number;
  /** Requests that are judged at most (default 200,000: a second or two). */
  maxTried?: number;
  /** Differences that are told at most (default 200). */
  maxDifferences?: number;
}

const MONDAY = Date.UTC(2026, 0, 5);
const RANK = { deny: 0, undecided: 0, require_approval: 1, allow: 2 } as const;

/** One instant for each set of windows that hold together. */
function times(rules: readonly CompiledRule[], from: number): number[] {
  const compiled = rules.flatMap((rule) => rule.windows ?? []);
  const kinds = new Map<string, number>();
  for (const at of boundaries(
    rules.flatMap((rule) => rule.spec.match.timeWindows ?? []),
    from,
  )) {
    const held = compiled.map((window) => (inWindow(window, at) ? 1 : 0)).join("");
    if (!kinds.has(held)) kinds.set(held, at);
  }
  return [...kinds.values()];
}

/** What requests may vary in beside caller, time and parameters: only what some rule looks at. */
function variants(rules: readonly CompiledRule[], texts: readonly string[]): Partial<RequestInput>[] {
  const looks = (word: string): boolean => rules.some((rule) => rule.spec.match.when?.includes(word));
  const all: Partial<RequestInput>[] = [{}];
  if (looks("ticketId") || rules.some((rule) => rule.ticket !== 0)) all.push({ ticketId: "CHG-1" });
  for (const text of texts) {
    if (looks("reason")) all.push({ reason: text });
    if (looks("ticketId")) all.push({ ticketId: text });
    if (looks("correlationId")) all.push({ correlationId: text });
    if (looks("namespace")) all.push({ namespace: text });
  }
  if (looks("dryRun")) all.push({ dryRun: true });
  return all;
}

/** Rules that can match the subject on their side. */
function matching(engines: Both<CompiledRule[]>, subject: Subject): CompiledRule[] {
  const { before, after } = subject;
  return [
    ...engines.before.filter((rule) => before && matchesPair(rule, before)),
    ...engines.after.filter((rule) => after && matchesPair(rule, after)),
  ];
}

function requirements(engine: PolicyEngine): Map<string, string> {
  const all = rulesOf(engine).map((rule) => [
    `${rule.policy.name}/${rule.spec.name}`,
    JSON.stringify(rule.spec.approval),
  ]);
  return new Map(all as [string, string][]);
}

function sideOf(engine: PolicyEngine, input: DecideInput): Side {
  const { result, cause, policy, rule, reason } = decide(engine, input);
  return { result, cause, reason, ...(policy !== undefined && { policy }), ...(rule !== undefined && { rule }) };
}

/** Judges requests by both sides and keeps one witness for each kind of difference. */
class Comparison {
  readonly differences = new Map<string, Difference>();
  tried = 0;
  readonly #engines: Both<PolicyEngine>;
  readonly #approvals: Both<Map<string, string>>;

  constructor(engines: Both<PolicyEngine>) {
    this.#engines = engines;
    this.#approvals = { before: requirements(engines.before), after: requirements(engines.after) };
  }

  try(input: DecideInput): void {
    this.tried++;
    const { before, after } = this.#engines;
    const [was, is] = [verdict(before, input), verdict(after, input)];
    if (was.result === is.result) {
      if (was.result !== "require_approval") return;
      const approval = this.#approvals.before.get(`${was.policy}/${was.rule}`);
      if (approval === this.#approvals.after.get(`${is.policy}/${is.rule}`)) return;
    }
    const key = JSON.stringify([was, is]);
    if (this.differences.has(key)) return;
    const [from, to] = [RANK[was.result], RANK[is.result]];
    const change = to > from ? "wider" : to < from ? "narrower" : "other";
    this.differences.set(key, { change, before: sideOf(before, input), after: sideOf(after, input), witness: input });
  }
}

/**
 * Which requests two policy sets decide differently, one witness for each kind of difference, that is, for each pair of
 * deciding rules. Every kind of registered action and target that a changed rule can match is tried with callers, times,
 * tickets and parameters made from what the rules name. Deterministic and bounded; `limits` says where it was not exhaustive.
 */
export function diffPolicies(one: PolicyEngine, other: PolicyEngine, options: DiffOptions = {}): PolicyDiff {
  const { agents = [], now = MONDAY, maxTried = 200_000, maxDifferences = 200 } = options;
  const limits = new Set<string>();
  const empty = [one, other].every((engine) => engine.actionNames().length === 0 || engine.targets.byName.size === 0);
  const [before = one, after = other] = empty ? inventInventory([one, other]) : [one, other];
  if (empty) limits.add("no actions or no targets are registered; made-up ones were tried");
  const rules = { before: rulesOf(before), after: rulesOf(after) };
  const changed = changedRules(before, after);
  const comparison = new Comparison({ before, after });
  const callers = new Map<string, CallerSamples>();
  const over = (): boolean => {
    if (comparison.tried >= maxTried) limits.add(`only the first ${maxTried} requests were tried`);
    if (comparison.differences.size >= maxDifferences)
      limits.add(`only the first ${maxDifferences} kinds were looked for`);
    return comparison.tried >= maxTried || comparison.differences.size >= maxDifferences;
  };

  for (const subject of subjectsOf({ before, after })) {
    if (!subject.changed && matching(changed, subject).length === 0) continue;
    const mine = matching(rules, subject);
    const literals = literalsOf(mine);
    const looks = mine.some((rule) => rule.when !== undefined);
    if (looks) limits.add("rules with match.when were sampled, not solved");
    const key = mine.map((rule) => `${rule.policy.name}/${rule.spec.name}`).join();
    const made = callers.get(key) ?? sampleCallers(mine, literals, after.profile);
    callers.set(key, made);
    if (!made.complete) limits.add("callers were sampled: the rules tell too many apart to try every one");
    const action = after.getAction(subject.action) ?? before.getAction(subject.action);
    if (!action) continue;
    const params = sampleParams(action, literals, looks);
    if (params.unsolved !== undefined)
      limits.add(`no valid value was found for parameter ${params.unsolved} of action ${subject.action}`);
    const request = {
      uid: "witness",
      namespace: "agents",
      name: "witness",
      action: subject.action,
      target: subject.target,
    };
    const instants = times(mine, now);
    const asked = variants(mine, literals.texts);
    for (const agent of [...agents, ...made.callers]) {
      for (const at of instants) {
        for (const variant of asked) {
          for (const set of params.sets)
            comparison.try({ now: at, agent, request: { ...request, ...variant, params: set } });
        }
      }
      if (over()) break;
    }
    if (over()) break;
  }
  const differences = [...comparison.differences.values()];
  return { differences, tried: comparison.tried, exhaustive: limits.size === 0, limits: [...limits] };
}
