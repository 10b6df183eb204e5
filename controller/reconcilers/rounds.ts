import { parseDuration } from "../api/duration.ts";
import type { ActionRequest, ApprovalProvider, RequestApproval } from "../api/types.ts";
import { approvalDigest } from "../approval/envelope.ts";
import { branchName, requestFolder } from "../approval/names.ts";
import { type ApprovalForge, ProviderError } from "../approval/provider.ts";
import { AuditError } from "../audit/errors.ts";
import { failpoint } from "../runtime/failpoint.ts";
import { keyOf, type ReconcileResult } from "../runtime/index.ts";
import { roundContent } from "./round-evidence.ts";
import { finishRound } from "./round-finish.ts";
import { nextRound, type RoundStep } from "./round-next.ts";
import { roundRecord } from "./round-record.ts";
import { createRoundScope, isoTime, placeOf, type RoundsOptions, termsIn } from "./round-scope.ts";
import { endRound, settleRound } from "./round-settle.ts";
import type { Terms } from "./round-terms.ts";

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
  const scope = createRoundScope(options);

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

  async function take(request: ActionRequest, step: RoundStep): Promise<ReconcileResult | undefined> {
    if (step.do === "finish") return finish(request);
    const found = await scope.forgeOf(request);
    if (found === undefined) return { requeueAfterMs: RETRY_MS };
    const { provider, forge, terms } = found;
    const at = { request, forge, terms };
    if (step.do === "begin") return begin(request, step.round, provider, terms);
    if (scope.changedSince(request)) {
      await endRound(scope, at, "Void", "what was to be approved has changed");
      return undefined;
    }
    if (step.do === "ensure") return ensure(request, forge, terms);
    await settleRound(scope, at, await scope.look(request, forge, terms));
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
    await scope.write(request, { kind: "closed", approval: closed });
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
      const record = await scope.append(roundRecord(request, "approval.denied", approval, { reason: message }));
      await scope.write(request, { kind: "rejected", approval, message, record });
      return undefined;
    }
    const deadline = isoTime(now + terms.ttlMs);
    const nonce = options.newNonce();
    const envelope = scope.envelope(request, { expiresAt: deadline, nonce });
    if (envelope === undefined) throw new Error(`${keyOf(request)} awaits approval without having been judged`);
    const digest = approvalDigest(envelope);
    const named = { cluster: options.cluster, namespace, name, uid, round, digest };
    const { plan } = request.status ?? {};
    const approval: RequestApproval = {
      ...{ provider: provider.metadata.name, round, digest, nonce, deadline, verdict: "Pending" as const },
      ...{ branch: branchName(named), folder: requestFolder(named, now), openedAt: isoTime(now) },
      ...(plan?.digest && { planDigest: plan.digest }),
    };
    await scope.write(request, {
      kind: "waiting",
      approval,
      message: `A round of approval is opened at ${provider.metadata.name}.`,
    });
    return undefined;
  }

  /** Makes sure that the provider has the round. */
  async function ensure(request: ActionRequest, forge: ApprovalForge, terms: Terms): Promise<undefined> {
    const { approval } = request.status ?? {};
    const envelope = scope.envelope(request, termsIn(request));
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
    const record = await scope.append(roundRecord(request, "approval.round.opened", opened));
    const message = `Waits for people: ${place.url}`;
    await scope.write(request, { kind: "waiting", approval: { ...opened, message }, message, record });
    scope.tell(request, "Normal", "ApprovalRequested", message);
    await forge.setCheck(place, "pending", "waits for approval").catch(scope.told(request));
    return undefined;
  }

  async function confirm(request: ActionRequest): Promise<string | undefined> {
    const { approval } = request.status ?? {};
    const found = await scope.forgeOf(request);
    if (found === undefined || approval?.digest === undefined) return undefined;
    const at = { request, ...found };
    if (scope.changedSince(request)) {
      await endRound(scope, at, "Void", "what was approved has changed");
      return undefined;
    }
    const verdict = await scope.look(request, found.forge, found.terms);
    if (verdict.kind === "Approved") return approval.digest;
    await settleRound(scope, at, verdict);
    return undefined;
  }

  return { reconcile, confirm };
}

function pollMs({ spec }: ApprovalProvider): number {
  return parseDuration(spec.pollInterval ?? "30s");
}
