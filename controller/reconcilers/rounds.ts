import { ACTION_REQUESTS } from "../api/constants.ts";
import { parseDuration } from "../api/duration.ts";
import type {
  ActionPolicy,
  ActionRequest,
  Agent,
  ApprovalProvider,
  LogPosition,
  RequestApproval,
  Target,
} from "../api/types.ts";
import { approvalDigest } from "../approval/envelope.ts";
import { envelopeOf } from "../approval/envelope-of.ts";
import { evaluate } from "../approval/evaluate.ts";
import { branchName, requestFolder } from "../approval/names.ts";
import { type ApprovalForge, ProviderError, type RoundPlace } from "../approval/provider.ts";
import type { SeenReview, Standing, Verdict } from "../approval/types.ts";
import { AuditError } from "../audit/errors.ts";
import type { EventInput } from "../audit/event.ts";
import type { PolicyEngine } from "../policy/engine.ts";
import { failpoint } from "../runtime/failpoint.ts";
import {
  type Events,
  type Gate,
  type Informer,
  type KubeClient,
  keyOf,
  type Logger,
  type ReconcileResult,
  refOf,
} from "../runtime/index.ts";
import type { AuditGate } from "./audit-gate.ts";
import { type Json, mergePatch } from "./merge-patch.ts";
import { roundContent } from "./round-evidence.ts";
import { finishRound } from "./round-finish.ts";
import { nextRound } from "./round-next.ts";
import { type RoundEvent, roundRecord, voteData } from "./round-record.ts";
import { type RoundChange, roundStatus, votesOf } from "./round-status.ts";
import { type Terms, termsOf } from "./round-terms.ts";

/** A provider that can be asked. */
export interface ForgeInUse {
  provider: ApprovalProvider;
  forge: ApprovalForge;
}

export interface RoundsOptions {
  client: KubeClient;
  requests: Pick<Informer<ActionRequest>, "get">;
  policies: Pick<Informer<ActionPolicy>, "get">;
  agents: { get(name: string): Agent | undefined };
  engine: Pick<PolicyEngine, "findTarget" | "getAction">;
  /** The provider that a rule names, or the one for rules that name none; a text says why there is none. */
  forgeFor(name: string | undefined): ForgeInUse | string;
  /** Whether there is such an ApprovalProvider at all. */
  isProvider(name: string | undefined): boolean;
  audit: AuditGate;
  guard: { ready(): boolean };
  gate: Pick<Gate, "expect">;
  /** UID of the namespace kube-system. */
  cluster: string;
  clock: () => number;
  newNonce: () => string;
  events: Pick<Events, "emit">;
  logger: Logger;
}

/** Rounds of approval: opened, read, judged and closed. */
export interface Rounds {
  reconcile(key: string): Promise<ReconcileResult | undefined>;
  /**
   * Looks anew at the round of a request that its status calls approved, and answers the approved digest while everything still holds,
   * else undefined; what has changed is written down. `request` carries the decision of just now.
   */
  confirm(request: ActionRequest): Promise<string | undefined>;
}

/** When something outside keeps a round from going on, it is tried again after so many milliseconds. */
const RETRY_MS = 5_000;

/**
 * Drives rounds of approval. Every step is written to the request before the provider hears of it, and every step can be done twice, so
 * that a crash anywhere leaves one branch and one pull request. What a provider says is only read, and judged by a pure function.
 */
export function createRounds(options: RoundsOptions): Rounds {
  const { audit, clock, engine, logger } = options;
  const world = {
    policy: (name: string) => options.policies.get(name),
    agent: (name: string) => options.agents.get(name),
  };

  async function reconcile(key: string): Promise<ReconcileResult | undefined> {
    const request = options.requests.get(key);
    if (request === undefined || !options.guard.ready() || audit.unavailable() !== "") {
      return request === undefined ? undefined : { requeueAfterMs: RETRY_MS };
    }
    const step = nextRound(request);
    if (step.do === "nothing") return undefined;
    try {
      return await take(request, step);
    } catch (error) {
      if (error instanceof AuditError && error.code === "AUDIT_UNAVAILABLE") return { requeueAfterMs: RETRY_MS };
      if (!(error instanceof ProviderError)) throw error;
      logger.warn({ request: key, code: error.code, err: error }, "the approval provider did not do what it was asked");
      return { requeueAfterMs: Math.max(RETRY_MS, error.retryAfterMs ?? 0) };
    }
  }

  async function take(
    request: ActionRequest,
    step: { do: string; round?: number },
  ): Promise<ReconcileResult | undefined> {
    if (step.do === "finish") return finish(request);
    const found = await forgeOf(request);
    if (found === undefined) return { requeueAfterMs: RETRY_MS };
    const { provider, forge, terms } = found;
    if (step.do === "begin") return begin(request, step.round ?? 1, provider, terms);
    if (changedSince(request))
      return void (await end(request, "Void", "what was to be approved has changed", terms, forge));
    if (step.do === "ensure") return ensure(request, forge, terms);
    await settle(request, await look(request, forge, terms), forge, terms);
    return { requeueAfterMs: pollMs(provider) };
  }

  /** What policy says now does not matter any more. A provider that was deleted has nothing left to be tidied. */
  async function finish(request: ActionRequest): Promise<ReconcileResult | undefined> {
    const { approval = {} } = request.status ?? {};
    const found = options.forgeFor(approval.provider);
    if (typeof found === "string" && options.isProvider(approval.provider)) return { requeueAfterMs: RETRY_MS };
    const closed =
      typeof found === "string"
        ? { ...approval, closedAt: isoTime(clock()) }
        : await finishRound(request, placeOf(request), found.forge, clock());
    await write(request, { kind: "closed", approval: closed });
    return undefined;
  }

  /** Fixes what is to be approved. */
  async function begin(
    request: ActionRequest,
    round: number,
    provider: ApprovalProvider,
    terms: Terms,
  ): Promise<undefined> {
    const { uid = "", namespace = "", name } = request.metadata;
    const now = clock();
    if (round > terms.maxRounds) {
      const approval = request.status?.approval ?? {};
      const message = `All ${terms.maxRounds} rounds of approval were void.`;
      const record = await append(roundRecord(request, "approval.denied", approval, { reason: message }));
      await write(request, { kind: "rejected", approval, message, record });
      return undefined;
    }
    const deadline = isoTime(now + terms.ttlMs);
    const nonce = options.newNonce();
    const envelope = envelopeOf(request, resourceOf(request), { cluster: options.cluster, expiresAt: deadline, nonce });
    if (envelope === undefined) throw new Error(`${keyOf(request)} awaits approval without having been judged`);
    const digest = approvalDigest(envelope);
    const named = { cluster: options.cluster, namespace, name, uid, round, digest };
    const { plan } = request.status ?? {};
    const approval: RequestApproval = {
      ...{ provider: provider.metadata.name, round, digest, nonce, deadline, verdict: "Pending" as const },
      ...{ branch: branchName(named), folder: requestFolder(named, now), openedAt: isoTime(now) },
      ...(plan?.digest && { planDigest: plan.digest }),
    };
    await write(request, {
      kind: "waiting",
      approval,
      message: `A round of approval is opened at ${provider.metadata.name}.`,
    });
    return undefined;
  }

  /** Makes sure that the provider has the round. */
  async function ensure(request: ActionRequest, forge: ApprovalForge, terms: Terms): Promise<undefined> {
    const { approval } = request.status ?? {};
    const envelope = envelopeNow(request);
    if (approval === undefined || envelope === undefined) return undefined;
    const action = engine.getAction(request.spec.action);
    failpoint("round-begun");
    const place = await forge.ensureRound(
      roundContent({ request, envelope, approval, action, terms, kind: forge.kind }),
    );
    failpoint("round-opened");
    const opened: RequestApproval = {
      ...{ ...approval, url: place.url, number: place.number, repository: place.url, repositoryId: place.repositoryId },
      ...{ headSHA: place.headSHA, treeSHA: place.treeSHA, baseBranch: place.baseBranch },
    };
    const record = await append(roundRecord(request, "approval.round.opened", opened));
    const message = `Waits for people: ${place.url}`;
    await write(request, { kind: "waiting", approval: { ...opened, message }, message, record });
    tell(request, "Normal", "ApprovalRequested", message);
    await forge.setCheck(place, "pending", "waits for approval").catch(told(request));
    return undefined;
  }

  async function look(request: ActionRequest, forge: ApprovalForge, terms: Terms): Promise<Verdict> {
    const { approval } = request.status ?? {};
    const place = placeOf(request);
    const digest = approval?.digest ?? "";
    const reading = await forge.read(place, { digest, openedAt: Date.parse(approval?.openedAt ?? "") });
    const standings = new Map<string, Standing>();
    for (const userId of new Set(reading.reviews.map(({ reviewer }) => reviewer.userId))) {
      standings.set(userId, await forge.standing(userId, terms.teams));
    }
    const { userId: self } = await forge.self();
    const { excluded, obstacle } = terms.exclusions;
    const round = { ...place, digest, deadline: Date.parse(approval?.deadline ?? ""), seen: seenOf(approval) };
    const { requirement } = terms;
    const known = obstacle === undefined ? {} : { obstacle };
    return evaluate({ round, reading, requirement, standings, excluded, self, now: clock(), ...known });
  }

  /** Writes down what a look has found, reviews before what follows from them. */
  async function settle(request: ActionRequest, verdict: Verdict, forge: ApprovalForge, terms: Terms): Promise<void> {
    const { approval: before } = request.status ?? {};
    if (before === undefined) return;
    let record: LogPosition | undefined;
    const known = new Set((before.votes ?? []).map(voteKey));
    for (const vote of verdict.votes) {
      if (!known.has(voteKey(vote)))
        record = await append(roundRecord(request, "approval.vote", before, voteData(vote)));
    }
    const approval = { ...before, votes: votesOf(verdict.votes) };
    switch (verdict.kind) {
      case "Pending": {
        const merged = verdict.mergedWithoutApproval ? "; it was merged, which approves nothing" : "";
        const message = cutTo(`Waits for people: ${verdict.message}${merged}: ${before.url ?? ""}`);
        if (record === undefined && before.message === message) return;
        return write(request, { kind: "waiting", approval: { ...approval, message }, message, record });
      }
      case "Approved": {
        const approvers = verdict.approvers.map(({ login }) => login);
        const at = clock();
        const message = `Approved by ${approvers.join(", ")}${verdict.breakGlass ? ", alone in an emergency" : ""}.`;
        const more = { approvers: verdict.approvers.map(({ userId }) => userId), breakGlass: verdict.breakGlass };
        const recorded = await append(roundRecord(request, "approval.approved", before, more));
        failpoint("round-approved");
        const said = {
          verdict: "Approved" as const,
          verdictAt: isoTime(at),
          validUntil: isoTime(at + terms.validForMs),
        };
        const yes = { ...approval, ...said, approvers, message, ...(verdict.breakGlass && { breakGlass: true }) };
        await write(request, { kind: "approved", approval: yes, message, record: recorded });
        tell(request, "Normal", "Approved", message);
        await forge.setCheck(placeOf(request), "approved", message).catch(told(request));
        return;
      }
      case "Denied": {
        const by = verdict.by.map(({ login }) => login).join(", ");
        return end(
          { ...request, status: { ...request.status, approval } },
          "Denied",
          `Denied${by === "" ? "" : ` by ${by}`}: ${verdict.why}.`,
          terms,
          forge,
        );
      }
      case "Void":
        return end({ ...request, status: { ...request.status, approval } }, "Void", verdict.why, terms, forge);
      case "Expired":
        return end(
          { ...request, status: { ...request.status, approval } },
          "Expired",
          "Nobody decided in time.",
          terms,
          forge,
        );
    }
  }

  /** Ends a round without an approval. */
  async function end(
    request: ActionRequest,
    verdict: "Denied" | "Void" | "Expired",
    why: string,
    { maxRounds }: Terms,
    forge: ApprovalForge,
  ): Promise<void> {
    const { approval: before = {} } = request.status ?? {};
    const types = { Denied: "approval.denied", Void: "approval.void", Expired: "approval.expired" } as const;
    const record = await append(roundRecord(request, types[verdict] satisfies RoundEvent, before, { reason: why }));
    const message = verdict === "Void" ? `The round of approval is void: ${why}.` : why;
    const approval: RequestApproval = { ...before, verdict, verdictAt: isoTime(clock()), message: cutTo(message) };
    tell(request, "Warning", verdict === "Void" ? "ApprovalVoid" : verdict, message);
    if (verdict === "Denied") return write(request, { kind: "rejected", approval, message, record });
    if (verdict === "Expired") return write(request, { kind: "expired", approval, message, record });
    // Closed before the next one is opened; when it is ours that closed it, and we died before writing, it is void again.
    if (before.headSHA !== undefined) {
      await forge.close(
        placeOf(request),
        `${message}\n\n${(before.round ?? 1) < maxRounds ? "Another round is opened." : ""}`,
      );
    }
    return write(request, { kind: "waiting", approval, message, record });
  }

  async function confirm(request: ActionRequest): Promise<string | undefined> {
    const { approval } = request.status ?? {};
    const found = await forgeOf(request);
    if (found === undefined || approval?.digest === undefined) return undefined;
    const { forge, terms } = found;
    if (changedSince(request)) {
      await end(request, "Void", "what was approved has changed", terms, forge);
      return undefined;
    }
    const verdict = await look(request, forge, terms);
    if (verdict.kind === "Approved") return approval.digest;
    await settle(request, verdict, forge, terms);
    return undefined;
  }

  async function forgeOf(request: ActionRequest): Promise<(ForgeInUse & { terms: Terms }) | undefined> {
    const { policy, rule } = request.status?.decision ?? {};
    const block = policy && world.policy(policy)?.spec.rules.find((one) => one.name === rule)?.approval;
    const wanted = request.status?.approval?.provider ?? (block === "" ? undefined : block?.provider);
    const found = options.forgeFor(wanted);
    const terms = typeof found === "string" ? found : termsOf(request, found.provider, world);
    if (typeof found !== "string" && typeof terms !== "string") return { ...found, terms };
    const message = cutTo(`Policy sends this request to people: ${typeof found === "string" ? found : String(terms)}.`);
    const ready = request.status?.conditions?.find(({ type }) => type === "Ready");
    if (
      ready?.message !== message &&
      ready?.reason === "AwaitingApproval" &&
      request.status?.approval?.round === undefined
    ) {
      await write(request, { kind: "waiting", approval: request.status?.approval ?? {}, message });
    }
    return undefined;
  }

  function resourceOf(request: ActionRequest): Target["spec"]["resource"] {
    const found = engine.findTarget(request.spec.target);
    return "error" in found ? undefined : found.target.spec.resource;
  }

  function envelopeNow(request: ActionRequest) {
    const { deadline = "", nonce = "" } = request.status?.approval ?? {};
    return envelopeOf(request, resourceOf(request), { cluster: options.cluster, expiresAt: deadline, nonce });
  }

  /** Whether the request is not what its round shows any more: another action, target, plan or parameters. */
  function changedSince(request: ActionRequest): boolean {
    const envelope = envelopeNow(request);
    return envelope === undefined || approvalDigest(envelope) !== request.status?.approval?.digest;
  }

  async function append(event: EventInput): Promise<LogPosition> {
    const { origin, index } = await audit.append(event);
    failpoint("round-logged");
    return { origin, index };
  }

  async function write(request: ActionRequest, change: RoundChange): Promise<void> {
    // What is on record is compared: what a caller adds to look at is not there yet.
    const stored = options.requests.get(keyOf(request)) ?? request;
    const status = roundStatus(stored, change, isoTime(clock()));
    const patch = mergePatch((stored.status ?? {}) as Json, status as Json);
    if (patch === undefined) return;
    const key = keyOf(request);
    const body = { metadata: { resourceVersion: request.metadata.resourceVersion ?? "" }, status: patch };
    const written = await options.client.patchStatus<ActionRequest>(ACTION_REQUESTS, refOf(key), body);
    options.gate.expect(key, written.metadata.resourceVersion ?? "");
    failpoint("round-written");
  }

  /** What only shows something to people may fail without holding anything up. */
  function told(request: ActionRequest) {
    return (error: unknown) =>
      logger.warn({ request: keyOf(request), err: error }, "the round's check was not updated");
  }

  function tell(request: ActionRequest, type: "Normal" | "Warning", reason: string, note: string): void {
    const { name, namespace, uid } = request.metadata;
    options.events.emit({
      regarding: { apiVersion: request.apiVersion, kind: request.kind, name, namespace, uid },
      ...{ type, reason, action: "Approve", note },
    });
  }

  return { reconcile, confirm };
}

function pollMs({ spec }: ApprovalProvider): number {
  return parseDuration(spec.pollInterval ?? "30s");
}

function placeOf({ status }: ActionRequest): RoundPlace {
  const {
    number = 0,
    url = "",
    branch = "",
    headSHA = "",
    treeSHA = "",
    repositoryId = "",
    baseBranch = "",
  } = status?.approval ?? {};
  return { number, url, branch, headSHA, treeSHA, repositoryId, baseBranch };
}

function seenOf(approval: RequestApproval | undefined): SeenReview[] {
  return (approval?.votes ?? []).flatMap(({ reviewId, userId, state }) =>
    reviewId === undefined || state === undefined ? [] : [{ id: reviewId, userId, state }],
  );
}

function voteKey({ reviewId, verdict, counted }: { reviewId?: string; verdict: string; counted?: boolean }): string {
  return `${reviewId}/${verdict}/${counted}`;
}

function cutTo(text: string): string {
  return text.length > 1024 ? `${text.slice(0, 1023)}…` : text;
}

/** RFC 3339, whole seconds, as Kubernetes writes times. */
function isoTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
