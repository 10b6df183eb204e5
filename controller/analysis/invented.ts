import type { Action, Target } from "../api/types.ts";
import { ENVIRONMENTS, SENSITIVITIES } from "../api/vocabulary.ts";
import { PolicyEngine } from "../policy/engine.ts";
import type { CompiledRule } from "../policy/rule.ts";
import { commonName } from "./glob-language.ts";
import { rulesOf } from "./inventory.ts";

const API = "agentsafe.dev/v1alpha1" as const;
/** Most types of target, and most sets of labels, that are made up. */
const MAX_VARIANTS = 16;

/** An action for each name and glob that rules write. Medium risk meets every effective risk on some sensitivity. */
function actionsFor(rules: readonly CompiledRule[], targetTypes: string[]): Action[] {
  const globs = rules.flatMap((rule) => rule.spec.match.actions ?? []);
  const names = new Set(["some-action", ...globs.flatMap((glob) => commonName([glob]) ?? [])]);
  return [...names].sort().map((name) => ({
    apiVersion: API,
    kind: "Action",
    metadata: { name },
    spec: {
      version: "1.0.0",
      description: "made up to compare policies",
      riskClass: "medium",
      targetTypes,
      execution: { handler: { handler: "none" } },
    },
  }));
}

/** A target for every combination of type, environment, sensitivity and set of labels that rules write. */
function targetsFor(rules: readonly CompiledRule[], types: readonly string[]): Target[] {
  const labels: Record<string, string>[] = [{}, ...rules.map((rule) => rule.spec.match.targets?.labels ?? {})];
  const sets = [...new Map(labels.map((set) => [JSON.stringify(set), set])).values()].slice(0, MAX_VARIANTS);
  const targets: Target[] = [];
  for (const [t, type] of types.entries()) {
    for (const environment of ENVIRONMENTS) {
      for (const sensitivity of SENSITIVITIES) {
        for (const [s, set] of sets.entries()) {
          const name = `${environment}-${sensitivity}-${t}-${s}`;
          const spec = { id: name, type, environment, sensitivity, labels: set };
          targets.push({ apiVersion: API, kind: "Target", metadata: { name }, spec });
        }
      }
    }
  }
  return targets;
}

/** The policies of engines in which nothing is registered, over actions and targets made up from what their rules name. */
export function inventInventory(engines: readonly PolicyEngine[]): PolicyEngine[] {
  const rules = engines.flatMap(rulesOf);
  const types = [...new Set(["some-type", ...rules.flatMap((rule) => rule.types ?? [])])].sort().slice(0, MAX_VARIANTS);
  const actions = actionsFor(rules, types);
  const targets = targetsFor(rules, types);
  return engines.map((engine) => {
    const made = new PolicyEngine({ profile: engine.profile });
    made.replaceAll({ actions, targets, policies: engine.policies() });
    return made;
  });
}
