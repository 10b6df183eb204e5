import type { CompiledRule } from "../policy/rule.ts";
import { commonName } from "./glob-language.ts";
import { matchesPair, type Pair } from "./inventory.ts";
import { commonTime } from "./week.ts";

function meet(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === undefined || b === undefined || a.some((value) => b.includes(value));
}

function actionsMeet(a: CompiledRule, b: CompiledRule): boolean {
  if (a.actions === undefined || b.actions === undefined) return true;
  const [one, two] = [a.spec.match.actions ?? [], b.spec.match.actions ?? []];
  return one.some((glob) => two.some((other) => commonName([glob, other]) !== undefined));
}

/** One agent can be both rules' caller: it has one id, but may hold any roles and groups. */
function callersMeet(a: CompiledRule, b: CompiledRule): boolean {
  if (!meet(a.agentIds, b.agentIds)) return false;
  const delegated = a.delegation === 1 || b.delegation === 1;
  const direct = a.delegation === 2 || b.delegation === 2;
  const from = [a.delegatedFrom, b.delegatedFrom].filter((ids) => ids !== undefined);
  const links = from.length === 2 && !meet(a.delegatedFrom, b.delegatedFrom) ? 2 : from.length > 0 || delegated ? 1 : 0;
  return links <= Math.min(a.maxDepth, b.maxDepth) && !(direct && links > 0);
}

/**
 * Whether some request matches both rules, beyond doubt: with an inventory, one about a registered action on a registered
 * target; without, for some name and target. A rule with `when` is never said to.
 */
export function overlap(a: CompiledRule, b: CompiledRule, pairs: readonly Pair[] | undefined): boolean {
  if (a.when !== undefined || b.when !== undefined) return false;
  if (a.ticket !== 0 && b.ticket !== 0 && a.ticket !== b.ticket) return false;
  if (!callersMeet(a, b) || commonTime(a.spec.match.timeWindows, b.spec.match.timeWindows) === undefined) return false;
  if (pairs) return pairs.some((pair) => matchesPair(a, pair) && matchesPair(b, pair));
  const labels = { ...a.spec.match.targets?.labels, ...b.spec.match.targets?.labels };
  return (
    (a.environments & b.environments & 0b111) !== 0 &&
    (a.sensitivities & b.sensitivities & 0b1111) !== 0 &&
    // without targets to look at, risks are only sure to meet where one of them leaves risk and sensitivity open
    (a.risks & b.risks & 0b1111) === 0b1111 &&
    meet(a.types, b.types) &&
    (a.labels ?? []).every(([key, value]) => labels[key] === value) &&
    actionsMeet(a, b)
  );
}
