import { applyDefaults } from "../../controller/api/defaults.ts";
import { nearest } from "../../controller/api/near-names.ts";
import { API_VERSION, GROUP, type Kind, RESOURCES } from "../../controller/api/resources.ts";
import { show } from "../../controller/api/schema-error.ts";
import type {
  Action,
  ActionPlan,
  ActionPolicy,
  Agent,
  Delegation,
  KubernetesObject,
  RiskProfile,
  Target,
} from "../../controller/api/types.ts";
import { validateSchema } from "../../controller/api/validate.ts";
import type { FieldError } from "../../controller/policy/field-error.ts";
import type { Profile } from "../../controller/policy/types.ts";
import { validateAction } from "../../controller/policy/validate-action.ts";
import { validateAgent } from "../../controller/policy/validate-agent.ts";
import { validateDelegation } from "../../controller/policy/validate-delegation.ts";
import { validatePlan } from "../../controller/policy/validate-plan.ts";
import { validatePolicy } from "../../controller/policy/validate-policy.ts";
import { validateRiskProfile } from "../../controller/policy/validate-risk-profile.ts";
import { validateTarget } from "../../controller/policy/validate-target.ts";
import type { SourceDocument } from "./documents.ts";
import type { Problem } from "./problem.ts";

/** An object of ours that has the right shape, with its defaults, and where it was read. */
export interface Definition<T extends KubernetesObject = KubernetesObject> {
  kind: Kind;
  object: T;
  source: SourceDocument;
}

/**
 * Whether a document claims to be of our API: by its group, or by one of our kinds where the group is missing or is ours with a slip.
 * A ban whose `apiVersion` was forgotten must not be passed over in silence.
 */
export function isOurs(value: unknown): value is KubernetesObject {
  if (typeof value !== "object" || value === null) return false;
  const { apiVersion, kind } = value as { apiVersion?: unknown; kind?: unknown };
  const group = typeof apiVersion === "string" ? apiVersion.split("/", 1)[0] : undefined;
  if (group === GROUP) return true;
  if (typeof kind !== "string" || !Object.hasOwn(RESOURCES, kind)) return false;
  return group === undefined || nearest(group, [GROUP]) !== undefined;
}

/** A problem at a field of a document. */
export function problemAt(
  source: SourceDocument,
  path: string,
  code: string,
  message: string,
  more: { severity?: Problem["severity"]; hint?: string | undefined; kind?: string } = {},
): Problem {
  return {
    file: source.file,
    ...source.locate(path, code === "unknown"),
    path,
    code,
    message,
    severity: more.severity ?? "error",
    ...(more.hint !== undefined && { hint: more.hint }),
    ...(more.kind !== undefined && { kind: more.kind }),
  };
}

/** Checks the shape of a document that claims to be ours; undefined when it can't be used. Says why in `problems`. */
export function readDefinition(
  source: SourceDocument,
  problems: Problem[],
  profile: Profile = "strict",
): Definition | undefined {
  const value = source.value as KubernetesObject;
  const { apiVersion, kind } = value as { apiVersion?: unknown; kind?: unknown };
  const before = problems.length;
  if (apiVersion !== API_VERSION) {
    const said = apiVersion === undefined ? "is required:" : `is ${show(apiVersion)};`;
    problems.push(problemAt(source, "apiVersion", "enum", `${said} it must be ${API_VERSION}`));
  }
  if (typeof kind !== "string" || !Object.hasOwn(RESOURCES, kind)) {
    const near = typeof kind === "string" ? nearest(kind, Object.keys(RESOURCES)) : undefined;
    const hint = near === undefined ? `kinds are ${Object.keys(RESOURCES).join(", ")}` : `did you mean ${near}?`;
    const said = kind === undefined ? "is required" : `${show(kind)} is no kind of ${GROUP}`;
    problems.push(problemAt(source, "kind", "enum", `${said}; ${hint}`));
    return undefined;
  }
  for (const { source: text, meaning, line, column } of source.ambiguities()) {
    const message = `${show(text)} means ${meaning} to kubectl, which reads YAML 1.1; quote it or write what is meant`;
    problems.push({ file: source.file, line, column, path: "", code: "Ambiguous", message, severity: "error", kind });
  }
  for (const { path, code, message, hint } of validateSchema(kind as Kind, value)) {
    if (path === "apiVersion" || mayLackResource(kind, path, code, profile)) continue;
    const more = {
      kind,
      hint: hint === undefined || message.includes("did you mean") ? undefined : `did you mean ${hint}?`,
    };
    problems.push(problemAt(source, path, code, message, more));
  }
  if (problems.length > before) return undefined;
  return { kind: kind as Kind, object: applyDefaults(kind as Kind, value), source };
}

/** An imported inventory has labels for things, not things. */
function mayLackResource(kind: string, path: string, code: string, profile: Profile): boolean {
  return profile === "compat" && kind === "Target" && path === "spec.resource" && /^(rule|Required)$/.test(code);
}

/** What a project must look up to check the meaning of one object. */
export interface MeaningContext {
  profile: Profile;
  /** The catalog, for what other Actions name; without it that is not looked up. */
  actions?: ReadonlyMap<string, Action>;
}

function meaningErrors({ kind, object }: Definition, { profile, actions }: MeaningContext): FieldError[] {
  switch (kind) {
    case "Action":
      return validateAction(object as Action, actions ? { actions } : {});
    case "ActionPolicy":
      return validatePolicy(object as ActionPolicy);
    case "Target":
      return validateTarget(object as Target).filter(({ path, code }) => !mayLackResource(kind, path, code, profile));
    case "Agent":
      return validateAgent(object as Agent);
    case "RiskProfile":
      return validateRiskProfile(object as RiskProfile);
    case "Delegation":
      return validateDelegation(object as Delegation);
    case "ActionPlan":
      return validatePlan(object as ActionPlan, planActions(actions));
    default:
      return [];
  }
}

function planActions(actions: MeaningContext["actions"]) {
  if (!actions || actions.size === 0) return undefined;
  return { get: (name: string) => actions.get(name), names: () => [...actions.keys()] };
}

/** Checks what an object of the right shape means; whether it can be used. */
export function checkMeaning(definition: Definition, context: MeaningContext, problems: Problem[]): boolean {
  const errors = meaningErrors(definition, context);
  for (const { path, code, message, hint } of errors) {
    const bare = message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
    problems.push(problemAt(definition.source, path, code, bare, { hint, kind: definition.kind }));
  }
  return errors.length === 0;
}
