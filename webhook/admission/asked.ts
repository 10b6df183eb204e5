import type { ActionPlan, Delegation } from "../../controller/api/types.ts";
import { validateSchema } from "../../controller/api/validate.ts";
import { validateDelegation } from "../../controller/policy/validate-delegation.ts";
import { fromFieldError } from "./findings.ts";
import { createPlanCheck } from "./plans.ts";
import { type ActionSource, createRequestCheck } from "./requests.ts";
import type { Judgement } from "./response.ts";
import { type AdmissionRequest, isRecord, ReviewError } from "./review.ts";
import { stampRequester } from "./stamp.ts";

/**
 * Judges the creation of what agents write: requests, plans and Delegations. Stamps an absent requester and names everything that is
 * wrong at once.
 */
export function createAskedCheck(
  actions: ActionSource,
): (request: AdmissionRequest, body: string) => Promise<Judgement> {
  const checkRequest = createRequestCheck(actions);
  const checkPlan = createPlanCheck(actions);
  return async (request, body) => {
    const { object, operation, resource } = request;
    if (resource.group !== "agentsafe.dev" || operation !== "CREATE" || request.subResource)
      throw new ReviewError("REVIEW_UNEXPECTED", "only the creation of requests, plans and Delegations is judged here");
    switch (resource.resource) {
      case "actionrequests":
        return checkRequest(request, body);
      case "actionplans":
        return isWellFormed("ActionPlan", object)
          ? { findings: await checkPlan(object as unknown as ActionPlan, body), patch: stamp(request) }
          : { findings: [], patch: stamp(request) };
      case "delegations":
        return isWellFormed("Delegation", object)
          ? { findings: validateDelegation(object as unknown as Delegation).map(fromFieldError), patch: stamp(request) }
          : { findings: [], patch: stamp(request) };
      default:
        throw new ReviewError("REVIEW_UNEXPECTED", "request.resource: not a kind that is judged here");
    }
  };
}

/** What the schema demands is said better by the schema, which the API server checks after this. */
function isWellFormed(kind: "ActionPlan" | "Delegation", object: unknown): boolean {
  return validateSchema(kind, object).length === 0;
}

function stamp({ object, userInfo }: AdmissionRequest) {
  return isRecord(object?.spec) ? stampRequester(object.spec, userInfo) : [];
}
