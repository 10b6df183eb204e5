import type { Precheck, PrecheckRead } from "../../api/types.ts";
import type { CallOptions, KubeClient } from "../../runtime/index.ts";
import type { ExpressionContext } from "../context.ts";
import { ExecutionError } from "../errors.ts";
import type { PrecheckResult } from "../executor.ts";
import { ask } from "../expressions.ts";
import { capText } from "../limits.ts";
import type { Discovery } from "./discovery.ts";
import type { LiveObject } from "./objects.ts";
import { readObject, visibleObject } from "./objects.ts";
import type { ObjectReference } from "./reference.ts";
import { refTo, renderText } from "./reference.ts";

/** How many objects a list for a check may hold; more, and the check fails rather than judge by a part. */
const MAX_ITEMS = 500;
const MAX_MESSAGE_BYTES = 1024;

export interface PrecheckInput {
  client: KubeClient;
  discovery: Discovery;
  context: ExpressionContext;
  target: ObjectReference;
  now: number;
  call: CallOptions;
}

/** Runs all checks, in order, so that a person sees everything that stands in the way. Checks never throw: what can't be read has failed. */
export async function runPrechecks(checks: readonly Precheck[], input: PrecheckInput): Promise<PrecheckResult[]> {
  const results: PrecheckResult[] = [];
  for (const check of checks) {
    input.call.signal?.throwIfAborted();
    try {
      const passed = await runPrecheck(check, input);
      results.push(passed ? { name: check.name, passed } : { name: check.name, passed, message: failure(check) });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      results.push({
        name: check.name,
        passed: false,
        message: capText(`could not be checked: ${message}`, MAX_MESSAGE_BYTES),
      });
    }
  }
  return results;
}

async function runPrecheck(check: Precheck, input: PrecheckInput): Promise<boolean> {
  const { context } = input;
  const found = await read(check.read, input);
  if (check.require === undefined) return found.object !== null || found.items.length > 0;
  const { params, target, request } = context;
  return ask(check.require, { ...found, params, target, request }, input.now);
}

interface Found {
  object: LiveObject | null;
  items: LiveObject[];
}

async function read(what: PrecheckRead | undefined, input: PrecheckInput): Promise<Found> {
  const { client, discovery, context, call } = input;
  if (what === undefined) {
    const object = await readObject(client, input.target, call);
    return { object: object && visibleObject(object, input.target.resource), items: [] };
  }
  const resource = await discovery.byKind(what.apiVersion, what.kind);
  const namespace = renderText(what.namespace, context);
  if (what.name !== undefined) {
    const name = renderText(what.name, context) ?? "";
    const object = await readObject(
      client,
      { apiVersion: what.apiVersion, resource, ref: refTo(resource, namespace, name) },
      call,
    );
    return { object: object && visibleObject(object, resource), items: [] };
  }
  if (what.namespace !== undefined && namespace === undefined) {
    throw new ExecutionError("BAD_DEFINITION", "the namespace to list is not known");
  }
  const items: LiveObject[] = [];
  const pages = client.listPages<LiveObject>(resource, {
    ...call,
    namespace: resource.namespaced ? namespace : undefined,
    labelSelector: renderText(what.labelSelector, context),
    fieldSelector: renderText(what.fieldSelector, context),
    limit: MAX_ITEMS,
  });
  for await (const page of pages) {
    items.push(...page.items.map((item) => visibleObject(item, resource)));
    if (items.length > MAX_ITEMS)
      throw new ExecutionError("UNSUPPORTED", `more than ${MAX_ITEMS} ${resource.plural} to look at`);
  }
  return { object: null, items };
}

function failure({ message, description, name }: Precheck): string {
  return capText(message ?? description ?? `${name} does not hold`, MAX_MESSAGE_BYTES);
}
