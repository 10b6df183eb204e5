import type { Target } from "../../api/types.ts";
import { renderTemplate } from "../../policy/template.ts";
import type { Ref } from "../../runtime/index.ts";
import type { ExpressionContext } from "../context.ts";
import { ExecutionError } from "../errors.ts";
import type { Discovery, KindResource } from "./discovery.ts";

/** One object, and how it is served. */
export interface ObjectReference {
  apiVersion: string;
  resource: KindResource;
  ref: Ref;
}

/** The object that a Target names. Throws ExecutionError `BAD_DEFINITION`. */
export async function targetReference(target: Target, discovery: Discovery): Promise<ObjectReference> {
  const object = target.spec.resource?.kubernetes;
  if (object === undefined) throw new ExecutionError("BAD_DEFINITION", "the target is not a Kubernetes object");
  const resource = await discovery.byKind(object.apiVersion, object.kind);
  return { apiVersion: object.apiVersion, resource, ref: refTo(resource, object.namespace, object.name) };
}

/** Names an object after checking that the names can't lead elsewhere. Throws ExecutionError `BAD_DEFINITION`. */
export function refTo(resource: KindResource, namespace: string | undefined, name: string): Ref {
  checkName(name, `name of the ${resource.kind}`);
  if (!resource.namespaced) return { name };
  if (namespace === undefined) throw new ExecutionError("BAD_DEFINITION", `a ${resource.kind} needs a namespace`);
  checkName(namespace, "namespace");
  return { name, namespace };
}

/** Renders a text that may also be a bare path such as `target.namespace`. `undefined` stays so. */
export function renderText(text: string | undefined, context: ExpressionContext): string | undefined {
  if (text === undefined) return undefined;
  const template = /^(?:target|params|request|before_state)(?:\.[A-Za-z0-9_]+)+$/.test(text) ? `{{ ${text} }}` : text;
  const value = render(template, context);
  return value === undefined || value === null ? undefined : String(value);
}

/** Renders any template. Throws ExecutionError `BAD_DEFINITION`. */
export function render(template: unknown, context: ExpressionContext): unknown {
  try {
    return renderTemplate(template, { ...context });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ExecutionError("BAD_DEFINITION", `a template of the action can't be filled in: ${message}`, { cause });
  }
}

/** Whether two references name the same object. */
export function sameObject(a: ObjectReference, b: ObjectReference): boolean {
  const { group, plural } = a.resource;
  return (
    group === b.resource.group &&
    plural === b.resource.plural &&
    a.ref.name === b.ref.name &&
    a.ref.namespace === b.ref.namespace
  );
}

/** `deployments.apps dev/web`, for messages. */
export function describeReference({ resource, ref }: ObjectReference): string {
  const plural = resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`;
  return `${plural} ${ref.namespace === undefined ? "" : `${ref.namespace}/`}${ref.name}`;
}

function checkName(name: string, what: string): void {
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9.:_-]{0,251}[A-Za-z0-9])?$/.test(name) || name.includes("..")) {
    throw new ExecutionError("BAD_DEFINITION", `not a ${what}: ${JSON.stringify(name.slice(0, 100))}`);
  }
}
