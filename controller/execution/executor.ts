import type { Action, Target } from "../api/types.ts";
import type { KubeClient } from "../runtime/index.ts";
import type { State, StateDiff } from "./diff.ts";

/** How an execution ended. UNKNOWN is no result: it may or may not have been done, and must be observed. */
export type ExecutionResult = "SUCCESS" | "FAILURE" | "TIMEOUT" | "SKIPPED" | "ERROR" | "UNKNOWN";

export interface PrecheckResult {
  name: string;
  passed: boolean;
  /** Why not; at most 1024 characters. */
  message?: string;
}

/** What one execution came to. */
export interface ExecutionReport {
  result: ExecutionResult;
  /** Stable word: the code of the error, or `Done`, `Skipped`. */
  reason: string;
  /** For people. */
  message: string;
  prechecks: PrecheckResult[];
  output?: string;
  /** The output of an action that wants it in a Secret; never goes to a status or a log. */
  secretOutput?: string;
  before?: State;
  after?: State;
  diff?: StateDiff;
}

/** The steps between which a crash is interesting. */
export type ExecutionStep = "after-prechecks" | "before-act" | "after-act";

/** Everything that one execution may use. */
export interface ExecutionInput {
  request: { uid: string; namespace: string; name: string };
  action: Action;
  target: Target;
  /** Resolved parameters, as judged. */
  params: Readonly<Record<string, unknown>>;
  /** The action's own account. `null` for an executor that touches nothing. */
  client: KubeClient | null;
  /** Sent with every call, so that the API server's own log can be joined with ours. */
  headers: Record<string, string>;
  /** Epoch ms. */
  clock: () => number;
  /** Ends everything: shutdown, or the action's timeout. */
  signal: AbortSignal;
  /** Throws ExecutionError `LATE` when this process may not act any more; asked right before each effect. */
  assertMayAct: () => void;
  /** Given the state before the effect, as shown; the effect waits for it, and does not happen if it rejects. */
  onBefore: (before: State) => Promise<void>;
  /** Called as each step is reached. */
  onStep: (step: ExecutionStep) => void;
}

/** What a look at the world says about an execution whose end nobody saw. */
export type Observation = { done: boolean; message: string; after?: State } | { done: undefined; message: string };

/** Does what an Action says. Implementations are plain objects chosen by `execution.executor`. */
export interface Executor {
  /** As in `execution.executor` of an Action. */
  readonly name: string;
  /** Whether an execution gets a credential of its own. */
  readonly needsCredential: boolean;
  /** Runs the action to its end. Rejects only for bugs: everything else is in the report. */
  execute(input: ExecutionInput): Promise<ExecutionReport>;
  /** Looks whether it was done, after a crash; changes nothing. `before` is the state that `onBefore` was given, if it was kept. */
  observe(input: ExecutionInput, before: State): Promise<Observation>;
}
