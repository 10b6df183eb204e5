import type { KubernetesExecution } from "../../api/types.ts";
import type { CallOptions, KubeClient, KubeObject } from "../../runtime/index.ts";
import { isKubeError, objectPath } from "../../runtime/index.ts";
import type { ExpressionContext } from "../context.ts";
import { ExecutionError } from "../errors.ts";
import type { LiveObject } from "./objects.ts";
import type { ObjectReference } from "./reference.ts";
import { describeReference, render, renderText } from "./reference.ts";

/** Name under which the API server keeps what we set. */
export const FIELD_MANAGER = "agent-safe";

/** One call to the API server, filled in and ready to be made: first as a dry run, then for good. */
export interface PreparedCall {
  /** Whether it changes anything. */
  effect: boolean;
  /** Past tense, for the output: `patched deployments.apps dev/web`. */
  done: string;
  make(options: CallOptions & { dryRun?: boolean }): Promise<unknown>;
}

export interface CallInput {
  client: KubeClient;
  call: KubernetesExecution;
  context: ExpressionContext;
  object: ObjectReference;
  /** The object as it was just seen; its UID is a precondition of the call. */
  live: LiveObject | null;
}

/** Fills in the templates of a call. Throws ExecutionError `BAD_DEFINITION`, also for a patch that says nothing. */
export function prepareCall(input: CallInput): PreparedCall {
  const { client, call, context, object, live } = input;
  const { resource, ref } = object;
  const subresource = call.resource.split("/")[1];
  const where = describeReference(object);
  const uid = live?.metadata.uid;
  switch (call.verb) {
    case "get":
      return {
        effect: false,
        done: `read ${where}`,
        make: ({ dryRun: _, ...options }) =>
          subresource === undefined
            ? client.get(resource, ref, options)
            : client.raw("GET", objectPath(resource, ref, subresource), options),
      };
    case "list":
      return {
        effect: false,
        done: `listed ${where}`,
        make: ({ dryRun: _, ...options }) => client.list(resource, { ...options, namespace: ref.namespace }),
      };
    case "patch": {
      const type = call.patchType ?? "merge";
      const body = withUid(patchBody(call.patch, context), type, subresource === undefined ? uid : undefined);
      return {
        effect: true,
        done: `patched ${where}`,
        make: (options) =>
          client.patch(resource, ref, body, { ...options, type, subresource, fieldManager: FIELD_MANAGER }),
      };
    }
    case "create": {
      const rendered = asObject(render(call.body ?? {}, context), "body");
      const metadata = { ...asObject(rendered.metadata ?? {}, "body.metadata"), ...ref };
      const body: KubeObject = { ...rendered, apiVersion: object.apiVersion, kind: resource.kind, metadata };
      return {
        effect: true,
        done: `created ${where}`,
        make: (options) => client.create(resource, body, { ...options, fieldManager: FIELD_MANAGER }),
      };
    }
    case "delete": {
      const { propagationPolicy } = call;
      const gracePeriodSeconds = seconds(call.gracePeriodSeconds, context);
      return {
        effect: true,
        done: `deleted ${where}`,
        make: (options) => client.delete(resource, ref, { ...options, uid, gracePeriodSeconds, propagationPolicy }),
      };
    }
    case "evict": {
      const gracePeriodSeconds = seconds(call.gracePeriodSeconds, context);
      const deleteOptions = {
        ...(uid ? { preconditions: { uid } } : {}),
        ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      };
      const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: ref, deleteOptions };
      return {
        effect: true,
        done: `evicted ${where}`,
        make: (options) => client.createSubresource(resource, ref, "eviction", body, options),
      };
    }
  }
}

/** Whether a failed call was certainly not carried out: the server answered, and its answer was no. */
export function wasRefused(error: unknown): boolean {
  return (
    isKubeError(error) &&
    (error.code === "CONFIG" ||
      error.code === "REQUEST_TOO_LARGE" ||
      (error.status >= 400 && error.status < 500 && error.status !== 408))
  );
}

function patchBody(template: unknown, context: ExpressionContext): unknown {
  const body = render(template, context);
  if (body === null || typeof body !== "object" || Object.keys(body).length === 0) {
    throw new ExecutionError(
      "BAD_DEFINITION",
      "the action's patch is empty: it would report success for doing nothing",
    );
  }
  return body;
}

/** A patch that names the UID is refused when the object was replaced by another of its name. */
function withUid(body: unknown, type: string, uid: string | undefined): unknown {
  if (uid === undefined || (type !== "merge" && type !== "strategic")) return body;
  const patch = asObject(body, "patch");
  return { ...patch, metadata: { ...asObject(patch.metadata ?? {}, "patch.metadata"), uid } };
}

function seconds(template: string | undefined, context: ExpressionContext): number | undefined {
  const text = renderText(template, context);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new ExecutionError("BAD_DEFINITION", "gracePeriodSeconds is not a number of seconds");
  return value;
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new ExecutionError("BAD_DEFINITION", `${what} is not an object`);
}
