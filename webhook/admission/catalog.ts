import { isDeepStrictEqual } from "node:util";
import type { Action, ActionPolicy, Agent, RiskProfile, Target } from "../../controller/api/types.ts";
import { validateAction } from "../../controller/policy/validate-action.ts";
import { validateAgent } from "../../controller/policy/validate-agent.ts";
import { validatePolicy } from "../../controller/policy/validate-policy.ts";
import { validateRiskProfile } from "../../controller/policy/validate-risk-profile.ts";
import { validateTarget } from "../../controller/policy/validate-target.ts";
import { fromFieldError } from "./findings.ts";
import type { Judgement } from "./response.ts";
import { type AdmissionRequest, isRecord, ReviewError } from "./review.ts";
import { checkDuplicates, type TargetsByKey } from "./targets.ts";

export interface CatalogCheckOptions {
  readonly findTargets: TargetsByKey;
  /** A cached Action, for references between them. */
  readonly getAction: (name: string) => Action | undefined;
}

/** Judges what Actions, ActionPolicies, Targets, Agents and RiskProfiles mean; their shape is the schema's business. */
export function createCatalogCheck(options: CatalogCheckOptions): (request: AdmissionRequest) => Judgement {
  return (request) => {
    const { object, operation, resource } = request;
    if (resource.group !== "agentsafe.dev" || (operation !== "CREATE" && operation !== "UPDATE") || request.subResource)
      throw new ReviewError("REVIEW_UNEXPECTED", "only the creation and change of catalog objects is judged here");
    // Labels, finalizers and the like can be changed on an object that a newer version would no longer take.
    if (operation === "UPDATE" && isDeepStrictEqual(object?.spec, oldSpec(request))) return { findings: [] };
    if (!isRecord(object) || !isRecord(object.spec))
      throw new ReviewError("REVIEW_MALFORMED", "request.object.spec: missing");
    return check(resource.resource, object);
  };

  /** What another Action is needed for is a warning only: the two may come in the same apply, in any order. */
  function checkAction(action: Action): Judgement {
    const findings = validateAction(action).map(fromFieldError);
    if (findings.length > 0) return { findings };
    const beside = validateAction(action, { actions: { get: options.getAction } }).map(fromFieldError);
    return { findings, warnings: beside.map(({ path, message }) => `${path}: ${message}`) };
  }

  function check(resource: string, object: unknown): Judgement {
    // The API server has held these to their schemas before it asks.
    switch (resource) {
      case "actions":
        return checkAction(object as Action);
      case "actionpolicies":
        return { findings: validatePolicy(object as ActionPolicy).map(fromFieldError) };
      case "agents":
        return { findings: validateAgent(object as Agent).map(fromFieldError) };
      case "riskprofiles":
        return { findings: validateRiskProfile(object as RiskProfile).map(fromFieldError) };
      case "targets": {
        const meaning = validateTarget(object as Target).map(fromFieldError);
        return { findings: [...meaning, ...checkDuplicates(object as Target, options.findTargets)] };
      }
      default:
        throw new ReviewError("REVIEW_UNEXPECTED", "request.resource: not a kind that is judged here");
    }
  }
}

function oldSpec(request: AdmissionRequest): unknown {
  return request.oldObject?.spec;
}
