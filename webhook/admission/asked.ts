import type { ActionPlan, ActionRequest, Delegation } from "../../controller/api/types.ts";
import { validateSchema } from "../../controller/api/validate.ts";
import { validateDelegation } from "../../controller/policy/validate-delegation.ts";
import { fromFieldError } from "./findings.ts";
import { createPlanCheck } from "./plans.ts";
import { type ActionSource, createRequestCheck } from "./requests.ts";
import type { Finding, Judgement } from "./response.ts";
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
    const { object, operation, resource, userInfo } = request;
    if (resource.group !== "agentsafe.dev" || operation !== "CREATE" || request.subResource)
      throw new ReviewError("REVIEW_UNEXPECTED", "only the creation of requests, plans and Delegations is judged here");
    const kind = kinds[resource.resource];
    if (kind === undefined)
      throw new ReviewError("REVIEW_UNEXPECTED", "request.resource: not a kind that is judged here");
    const patch = isRecord(object?.spec) ? stampRequester(object.spec, userInfo) : [];
    // What the schema demands is said better by the schema, which the API server checks after this.
    if (validateSchema(kind, object).length > 0) return { findings: [], patch };
    return { findings: await check(kind, object, body), patch };
  };

  async function check(kind: AskedKind, object: unknown, body: string): Promise<readonly Finding[]> {
    switch (kind) {
      case "ActionRequest":
        return checkRequest((object as ActionRequest).spec, body);
      case "ActionPlan":
        return checkPlan(object as ActionPlan, body);
      case "Delegation":
        return validateDelegation(object as Delegation).map(fromFieldError);
    }
  }
}

type AskedKind = "ActionRequest" | "ActionPlan" | "Delegation";

const kinds: Readonly<Record<string, AskedKind>> = {
  actionrequests: "ActionRequest",
  actionplans: "ActionPlan",
  delegations: "Delegation",
};
