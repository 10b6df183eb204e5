import { ACTION_REQUESTS } from "../api/constants.ts";
import type { ActionPlan, ActionRequest } from "../api/types.ts";
import { type Informer, isKubeError, type KubeClient } from "../runtime/index.ts";
import type { StepStatus, StepView } from "./plan-advance.ts";
import { stepSpec } from "./plan-step-check.ts";
import { stepRequestNames } from "./plan-steps.ts";

/** The requests of a plan's steps, as they are in the API server. */
export interface StepRequests {
  /** What is there of each step that was begun and has not ended, by the step's name. */
  views(plan: ActionPlan): Promise<Map<string, StepView>>;
  /** Creates the request of a step, or finds the one that an earlier try created. A step that can't be asked for has failed. */
  begin(plan: ActionPlan, step: string): Promise<StepStatus>;
}

export interface StepRequestsOptions {
  client: KubeClient;
  /** Open requests: one that is not among them has left the selection, or is gone. */
  requests: Pick<Informer<ActionRequest>, "get">;
  clock: () => number;
  timeoutMs: number;
}

export function createStepRequests({ client, requests, clock, timeoutMs }: StepRequestsOptions): StepRequests {
  const call = { timeoutMs };

  async function read(namespace: string, name: string): Promise<ActionRequest | undefined> {
    try {
      return await client.get<ActionRequest>(ACTION_REQUESTS, { namespace, name }, call);
    } catch (error) {
      if (isKubeError(error, "NOT_FOUND")) return undefined;
      throw error;
    }
  }

  async function view({ metadata: { namespace = "" } }: ActionPlan, { request, uid }: StepStatus): Promise<StepView> {
    const cached = requests.get(`${namespace}/${request}`);
    const found = cached?.metadata.uid === uid ? cached : await read(namespace, request ?? "");
    return found === undefined || found.metadata.uid !== uid ? { gone: true } : { request: found };
  }

  return {
    async views(plan) {
      const begun = (plan.status?.steps ?? []).filter(({ state }) => state === "Running" || state === "OutcomeUnknown");
      const found = await Promise.all(begun.map(async (step) => [step.name, await view(plan, step)] as const));
      return new Map(found);
    },

    async begin(plan, step) {
      const { namespace = "", uid } = plan.metadata;
      const spec = stepSpec(plan, step);
      if (spec === undefined) throw new Error(`plan ${plan.metadata.name} has no step ${step}`);
      const body = { apiVersion: "agentsafe.dev/v1alpha1", kind: "ActionRequest", spec };
      const running = (request: ActionRequest): StepStatus => ({
        ...{ name: step, state: "Running", request: request.metadata.name, uid: request.metadata.uid },
        startedAt: request.metadata.creationTimestamp,
      });
      const isOurs = ({ spec: { planRef } }: ActionRequest) => planRef?.uid === uid && planRef?.step === step;
      const [plain, own] = stepRequestNames(plan, step);
      // An earlier try may have found the plain name taken, and by now it is free again.
      const earlier = await read(namespace, own);
      if (earlier !== undefined && isOurs(earlier)) return running(earlier);
      const names = plain === own ? [own] : [plain, own];
      for (const name of names) {
        try {
          const request = { ...body, metadata: { name, namespace } } as ActionRequest;
          return running(await client.create<ActionRequest>(ACTION_REQUESTS, request, call));
        } catch (error) {
          if (isKubeError(error, "INVALID", "BAD_REQUEST")) return failed(step, error.message);
          if (!isKubeError(error, "ALREADY_EXISTS")) throw error;
          const known = await read(namespace, name);
          if (known !== undefined && isOurs(known)) return running(known);
        }
      }
      return failed(step, `The names ${names.join(" and ")} of its request are taken by others.`);
    },
  };

  function failed(name: string, message: string): StepStatus {
    return { name, state: "Failed", message: message.slice(0, 1024), finishedAt: new Date(clock()).toISOString() };
  }
}
