import { randomBytes } from "node:crypto";
import type { ActionSpec } from "../../api/types.ts";
import { isKubeError, type KubeClient, type KubeError } from "../../runtime/index.ts";
import { type ExpressionContext, expressionContext } from "../context.ts";
import { diffState, type State } from "../diff.ts";
import { ExecutionError } from "../errors.ts";
import type { ExecutionInput, ExecutionReport, Executor, Observation, PrecheckResult } from "../executor.ts";
import { ask } from "../expressions.ts";
import { capState, capText, redactState } from "../limits.ts";
import { prepareCall, wasRefused } from "./call.ts";
import type { Discovery } from "./discovery.ts";
import { type LiveObject, readObject, visibleObject } from "./objects.ts";
import { readOutput } from "./output.ts";
import { bindsByOwner, isOwnedBy, liesWithin } from "./ownership.ts";
import { runPrechecks } from "./prechecks.ts";
import { type ObjectReference, refTo, render, renderText, sameObject, targetReference } from "./reference.ts";
import { readState } from "./state.ts";
import { waitFor } from "./wait.ts";

export interface KubernetesExecutorOptions {
  discovery: Discovery;
  /** Deadline of each API call, ms. */
  callTimeoutMs: number;
}

/** Time kept back from the action's timeout for reading the state after it. */
const AFTER_MS = 5_000;
/** Of a message of the API server. */
const MAX_TOLD_BYTES = 1024;

/**
 * The declarative executor: one call to the Kubernetes API, said by `execution.kubernetes`, with what comes before and
 * after it. Everything is read and done with the action's own account.
 */
export function createKubernetesExecutor({ discovery, callTimeoutMs }: KubernetesExecutorOptions): Executor {
  async function open(input: ExecutionInput): Promise<Run> {
    const call = input.action.spec.execution.kubernetes;
    if (call === undefined || input.client === null) {
      throw new ExecutionError("UNSUPPORTED", "the action says nothing that the kubernetes executor can do");
    }
    const context = expressionContext(input);
    const target = await targetReference(input.target, discovery);
    const object = await objectOfCall(input, context, target, discovery);
    const options = { headers: input.headers, timeoutMs: callTimeoutMs, signal: input.signal };
    return { input, client: input.client, call, context, target, object, options, discovery, key: randomBytes(32) };
  }

  return {
    name: "kubernetes",
    needsCredential: true,
    async execute(input) {
      const found: Findings = { prechecks: [] };
      try {
        const run = await open(input);
        await perform(run, found);
        return { ...found, result: "SUCCESS", reason: "Done", message: found.done ?? "done" };
      } catch (error) {
        return { ...found, ...conclude(error) };
      }
    },
    async observe(input, before) {
      try {
        return await observe(await open(input), before);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return { done: undefined, message: `it can't be observed: ${message}` };
      }
    },
  };
}

/** One execution under way. */
interface Run {
  input: ExecutionInput;
  client: KubeClient;
  call: NonNullable<ExecutionInput["action"]["spec"]["execution"]["kubernetes"]>;
  context: ExpressionContext;
  target: ObjectReference;
  /** What the call acts on; the target's own object unless the action says otherwise. */
  object: ObjectReference;
  options: { headers: Record<string, string>; timeoutMs: number; signal: AbortSignal };
  discovery: Discovery;
  /** For redacted fields; ends with the execution. */
  key: Uint8Array;
}

/** What has been learnt so far: a report holds it whatever the end is. */
interface Findings {
  prechecks: PrecheckResult[];
  output?: string;
  secretOutput?: string;
  before?: State;
  after?: State;
  diff?: ExecutionReport["diff"];
  done?: string;
}

async function perform(run: Run, found: Findings): Promise<void> {
  const { input, client, call, object, options } = run;
  const { spec } = input.action;
  const now = input.clock();
  found.prechecks = await runPrechecks(spec.prechecks ?? [], { ...run, now, call: options });
  const failed = found.prechecks.filter(({ passed }) => !passed);
  if (failed.length > 0) {
    throw new ExecutionError(
      "PRECHECK_FAILED",
      failed.map(({ name, message }) => `${name}: ${message ?? "failed"}`).join("; "),
    );
  }
  input.onStep("after-prechecks");

  const live = await readObject(client, object, options);
  await assertWithinTarget(run, live);
  const rawBefore = readState(spec.stateFields ?? [], visible(run, live), run.context, { demandRequired: true });
  found.before = shown(run, rawBefore);
  const context = { ...run.context, before_state: rawBefore };
  const prepared = prepareCall({ client, call, context, object, live });
  if (prepared.effect) await rehearse(spec, () => prepared.make({ ...options, dryRun: true }));
  await input.onBefore(found.before);

  input.onStep("before-act");
  input.assertMayAct();
  // A stop of the process does not break off a call whose answer then would be lost.
  const answer = await act(spec, () => prepared.make({ ...options, signal: undefined }));
  input.onStep("after-act");
  found.done = prepared.done;
  Object.assign(found, readOutput(spec, answer, prepared.done, object.resource));

  let seen: LiveObject | null | undefined;
  const read = async () => {
    seen = await readObject(client, object, options);
    return seen;
  };
  try {
    await waitFor(call.waitFor, read, { uid: live?.metadata.uid, signal: options.signal });
  } finally {
    // The state after is worth having also when the wait failed; what can't be read is left out.
    const after = await readAfter(run, context, seen);
    if (after !== undefined) {
      found.after = shown(run, after);
      found.diff = diffState(found.before, found.after);
    }
  }
}

/** The state after the effect: as the wait has last seen it, or by a look of its own if nothing was waited for. */
async function readAfter(
  run: Run,
  context: ExpressionContext,
  seen: LiveObject | null | undefined,
): Promise<State | undefined> {
  const options = { ...run.options, signal: AbortSignal.timeout(AFTER_MS) };
  try {
    const live = seen === undefined ? await readObject(run.client, run.object, options) : seen;
    return readState(run.input.action.spec.stateFields ?? [], visible(run, live), context, { demandRequired: false });
  } catch (error) {
    if (isKubeError(error) || error instanceof ExecutionError) return undefined;
    throw error;
  }
}

/** What is judged is what is touched: the target's own object, one that it owns, or one within a target that is a namespace. */
async function assertWithinTarget(run: Run, live: LiveObject | null): Promise<void> {
  const { object, target, input, client, options, discovery } = run;
  if (sameObject(object, target) || liesWithin(object, target)) return;
  if (bindsByOwner(input.action)) {
    if (live === null)
      throw new ExecutionError("NOT_OWNED", `${object.ref.name} does not exist, so the target does not own it`);
    const owner = await readObject(client, target, options);
    if (owner !== null && (await isOwnedBy(live, owner, { client, discovery, call: options }))) return;
  }
  throw new ExecutionError("NOT_OWNED", `${object.ref.name} is neither the target nor owned by it`);
}

async function objectOfCall(
  input: ExecutionInput,
  context: ExpressionContext,
  target: ObjectReference,
  discovery: Discovery,
): Promise<ObjectReference> {
  const call = input.action.spec.execution.kubernetes;
  if (call === undefined) return target;
  const apiVersion = call.apiVersion ?? target.apiVersion;
  const [plural = ""] = call.resource.split("/");
  const resource = await discovery.byPlural(apiVersion, plural);
  const body = call.body?.metadata === undefined ? undefined : render(call.body.metadata, context);
  const inBody = typeof body === "object" && body !== null ? (body as { name?: unknown; namespace?: unknown }) : {};
  const name = renderText(call.name, context) ?? textOr(inBody.name, target.ref.name);
  const namespace = renderText(call.namespace, context) ?? textOr(inBody.namespace, target.ref.namespace);
  return { apiVersion, resource, ref: refTo(resource, namespace, name ?? "") };
}

function textOr(value: unknown, fallback: string | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : fallback;
}

/** The dry run finds what admission or validation would refuse, before anything is done. */
async function rehearse(spec: ActionSpec, make: () => Promise<unknown>): Promise<void> {
  try {
    await make();
  } catch (cause) {
    if (!isKubeError(cause)) throw cause;
    if (wasRefused(cause))
      throw new ExecutionError("REFUSED", `refused by the API server: ${told(spec, cause)}`, { cause });
    throw new ExecutionError("ABORTED", `the API server did not answer the dry run: ${told(spec, cause)}`, { cause });
  }
}

async function act(spec: ActionSpec, make: () => Promise<unknown>): Promise<unknown> {
  try {
    return await make();
  } catch (cause) {
    if (!isKubeError(cause)) throw cause;
    if (wasRefused(cause))
      throw new ExecutionError("REFUSED", `refused by the API server: ${told(spec, cause)}`, { cause });
    throw new ExecutionError("NO_ANSWER", `it is not known whether it was done: ${told(spec, cause)}`, { cause });
  }
}

function visible({ object }: Run, live: LiveObject | null): LiveObject | null {
  return live && visibleObject(live, object.resource);
}

/** What the server says may quote what it was sent; where parameters are redacted, only its word for it is told. */
function told({ redaction }: ActionSpec, error: KubeError): string {
  return redaction?.params === undefined
    ? capText(error.message, MAX_TOLD_BYTES)
    : `${error.status} ${error.reason || error.code}`;
}

function shown({ input, key }: Run, state: State): State {
  return capState(redactState(state, input.action.spec.redaction?.stateFields ?? [], key));
}

/** The only place where an error becomes a result. */
function conclude(error: unknown): Pick<ExecutionReport, "result" | "reason" | "message"> {
  if (error instanceof ExecutionError) {
    const { code, message } = error;
    if (code === "NO_ANSWER") return { result: "UNKNOWN", reason: code, message };
    if (code === "TIMED_OUT") return { result: "TIMEOUT", reason: code, message };
    const result =
      code === "BAD_DEFINITION" || code === "UNSUPPORTED" || code === "LATE" || code === "ABORTED"
        ? "ERROR"
        : "FAILURE";
    return { result, reason: code, message };
  }
  // Reads before the effect that failed: nothing was done.
  if (isKubeError(error)) return { result: "ERROR", reason: "ABORTED", message: error.message };
  throw error;
}

async function observe(run: Run, before: State): Promise<Observation> {
  const { input, client, object, options, context, call } = run;
  const { spec } = input.action;
  if (call.verb === "get" || call.verb === "list")
    return { done: false, message: "a read leaves nothing behind, and its answer is lost" };
  if (spec.execution.observe === undefined) {
    return { done: undefined, message: "the action does not say how to observe it (execution.observe)" };
  }
  const live = await readObject(client, object, options);
  const { params, target, request } = context;
  const variables = { object: visible(run, live), params, target, request, before_state: before };
  if (!ask(spec.execution.observe, variables, input.clock()))
    return { done: false, message: "it was looked for, and was not done" };
  const after = readState(spec.stateFields ?? [], visible(run, live), context, { demandRequired: false });
  return { done: true, message: "it was looked for, and had been done", after: shown(run, after) };
}
