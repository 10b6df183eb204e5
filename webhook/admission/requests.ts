import type { Action, ActionRequestSpec } from "../../controller/api/types.ts";
import { validateRequest } from "../../controller/policy/validate-request.ts";
import { fromFieldError } from "./findings.ts";
import type { Finding } from "./response.ts";
import { withWrittenNumbers } from "./written-numbers.ts";

/** Where Actions come from. */
export interface ActionSource {
  /** The cached Action. */
  get(name: string): Action | undefined;
  names(): string[];
  /** Asks the API server; undefined when there is none. Throws KubeError. */
  fetch(name: string): Promise<Action | undefined>;
}

/** Checks a request against its Action. Everything that is wrong is named at once. */
export function createRequestCheck(
  actions: ActionSource,
): (spec: ActionRequestSpec, body: string) => Promise<readonly Finding[]> {
  return async (spec, body) => [...dryRunFindings(spec), ...withWrittenNumbers(await checkAgainstAction(spec), body)];

  async function checkAgainstAction(spec: ActionRequestSpec): Promise<Finding[]> {
    const cached = actions.get(spec.action);
    const findings = validateRequest(cached, spec, actions.names());
    if (findings.length === 0) return [];
    // The Action may be newer than the cache: nobody is refused by an old one.
    const live = await actions.fetch(spec.action);
    if (live?.metadata.resourceVersion === cached?.metadata.resourceVersion) return findings.map(fromFieldError);
    return validateRequest(live, spec, actions.names()).map(fromFieldError);
  }
}

function dryRunFindings(spec: ActionRequestSpec): Finding[] {
  if (spec.dryRun !== true) return [];
  const message =
    "dry runs need the planner account, which does not exist yet in this version: leave dryRun out, " +
    "or name an Action whose executor is dry-run, which is judged alike and touches nothing";
  return [{ path: "spec.dryRun", code: "DryRunUnavailable", message }];
}
