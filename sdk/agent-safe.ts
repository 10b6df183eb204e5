import type { ActionPlan, ActionRequest, Delegation } from "../controller/api/types.ts";
import { type VerifiedIdentity, verifyIdentity } from "../controller/identity/verify-identity.ts";
import type { Decision } from "../controller/policy/types.ts";
import { type CheckInput, check } from "./check.ts";
import { type CheckedPlan, type CheckPlanInput, checkPlan } from "./check-plan.ts";
import { clusterOpener } from "./cluster.ts";
import {
  type LendByTokenInput,
  type LendInClusterInput,
  type LentToken,
  lendByToken,
  lendInCluster,
  revoke,
} from "./delegate.ts";
import { type ActionSummary, byName, listClusterActions, summaryOf } from "./list-actions.ts";
import type { AgentObject, ObjectRef } from "./objects.ts";
import { type AgentSafeOptions, type Settings, settingsOf } from "./options.ts";
import type { Project } from "./project/load.ts";
import { openProject } from "./project/open.ts";
import { cancel, createPlan, createRequest, type PlanInput, type RequestInput } from "./request.ts";
import { type AuditVerification, type VerifyAuditInput, verifyAudit } from "./verify-audit.ts";
import { type WaitOptions, waitFor } from "./wait.ts";

/**
 * Agent-Safe for programs. `check`, `checkPlan`, `listActions`, `verifyDelegation` and `verifyAudit` need files only; `request`,
 * `requestPlan`, `wait`, `cancel` and `revoke` need a cluster, which is reached when the first of them is called. Nothing is shared
 * between two of these. Close it, or declare it with `await using`, once a cluster was used.
 *
 * Throws SdkError, KubeError (the API server), IdentityError (tokens), ProjectError (files of the project) and ConfigError (settings
 * file), each with a stable `code`.
 */
export class AgentSafe implements AsyncDisposable {
  readonly #settings: Settings;
  readonly #cluster: ReturnType<typeof clusterOpener>;
  #project: Promise<Project> | undefined;

  /** Finds its settings: explicit options, else `AGENT_SAFE_*`, else the nearest `agent-safe.yaml`. Throws ConfigError when that is wrong. */
  constructor(options: AgentSafeOptions = {}) {
    this.#settings = settingsOf(options);
    this.#cluster = clusterOpener(this.#settings);
  }

  /**
   * What the project's rules decide about a request, without a cluster: result, cause, deciding rule, risk and trace. Nothing is
   * charged: each question is judged as if nothing came before it. Files are read once; see `reload`. Throws ProjectError when
   * anything that decides is in error: rules are never used in part.
   */
  async check(input: CheckInput): Promise<Decision> {
    return check(await this.#context(), input);
  }

  /** What the rules decide about a plan as a whole: its steps are charged one after the other. Throws as `check` does. */
  async checkPlan(input: CheckPlanInput): Promise<CheckedPlan> {
    return checkPlan(await this.#context(), input);
  }

  /** The actions that may be asked for, by name: of the project's files, or of the cluster's catalog. */
  async listActions({ from = "project" }: { from?: "project" | "cluster" } = {}): Promise<ActionSummary[]> {
    if (from === "cluster") return listClusterActions(this.#cluster.open());
    return (await this.#load()).actions.map(summaryOf).sort(byName);
  }

  /** Forgets the project's files; the next `check` reads them again. */
  reload(): void {
    this.#project = undefined;
  }

  /**
   * Creates an ActionRequest as the identity of the kubeconfig, exactly once even when an answer is lost. Rejects when admission refuses it
   * (KubeError `INVALID`, `FORBIDDEN`, `BAD_REQUEST`, with the fields).
   */
  request(input: RequestInput): Promise<ActionRequest> {
    return defer(() => createRequest(this.#cluster.open(), input));
  }

  /** Creates an ActionPlan, in the same way. */
  requestPlan(input: PlanInput): Promise<ActionPlan> {
    return defer(() => createPlan(this.#cluster.open(), input));
  }

  /**
   * Waits until a request or plan is finished, however it ended: look at its `Ready` condition, or at `status.decision` and
   * `status.execution`. Of a Delegation, until the controller has said whether it holds. Goes on over restarts of the API server. Throws
   * SdkError `Timeout` or `Deleted`.
   */
  wait<T extends AgentObject>(object: T, options?: WaitOptions<T>): Promise<T>;
  /** The same by name; an ActionRequest unless `kind` says otherwise. */
  wait(ref: ObjectRef, options?: WaitOptions): Promise<AgentObject>;
  wait<T extends AgentObject>(ref: ObjectRef, options?: WaitOptions<T>): Promise<T> {
    return defer(() => waitFor<T>(this.#cluster.open(), ref, options));
  }

  /** Takes a request or plan back; it ends as `Cancelled` unless its effect had begun. Only who asked may. */
  cancel(ref: ObjectRef): Promise<AgentObject> {
    return defer(() => cancel(this.#cluster.open(), ref));
  }

  /** Lends a part of a token's power by a token of its own, without a cluster. Throws IdentityError. */
  delegate(input: LendByTokenInput): Promise<LentToken>;
  /** Lends in the cluster, by a Delegation of the identity of the kubeconfig. */
  delegate(input: LendInClusterInput): Promise<Delegation>;
  delegate(input: LendByTokenInput | LendInClusterInput): Promise<LentToken | Delegation> {
    return defer<LentToken | Delegation>(() =>
      "token" in input ? lendByToken(this.#settings, input) : lendInCluster(this.#cluster.open(), input),
    );
  }

  /** Takes back what was lent in the cluster, for good, with all that was lent on under it. */
  revoke(ref: ObjectRef): Promise<Delegation> {
    return defer(() => revoke(this.#cluster.open(), ref));
  }

  /**
   * What an identity or delegation token proves: signature, times, every link of its chain. Throws IdentityError with the code of
   * the first thing that is wrong.
   */
  async verifyDelegation(
    token: string,
    { revoked }: { revoked?: ReadonlySet<string> } = {},
  ): Promise<VerifiedIdentity> {
    const trust = await this.#settings.trust();
    const gone = new Set([...trust.revoked, ...(revoked ?? [])]);
    return verifyIdentity(token, { issuers: trust.issuers, revoked: gone, now: this.#settings.clock() });
  }

  /** Verifies audit logs from their files and public keys alone. What a log holds is never thrown: see `exit` and `logs`. */
  verifyAudit(input: VerifyAuditInput = {}): Promise<AuditVerification> {
    return verifyAudit({ ...input, dir: input.dir ?? this.#settings.auditDir });
  }

  /** Ends what is under way in the cluster, and its connections. */
  close(): Promise<void> {
    return this.#cluster.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #context() {
    const { trust, clock } = this.#settings;
    return { project: await this.#load(), trust, clock };
  }

  #load(): Promise<Project> {
    if (this.#project === undefined) {
      const { cwd, env, dirs, profile } = this.#settings;
      const loading = openProject({ cwd, env, dirs, profile });
      // A project with errors is read again at the next question: somebody may have mended it.
      loading.catch(() => {
        if (this.#project === loading) this.#project = undefined;
      });
      this.#project = loading;
    }
    return this.#project;
  }
}

/** Makes what is thrown before the first await a rejection too. */
async function defer<T>(work: () => Promise<T>): Promise<T> {
  return work();
}
