import { ACTION_REQUESTS } from "../api/constants.ts";
import type {
  ActionPolicy,
  ActionRequest,
  Agent,
  ApprovalProvider,
  LogPosition,
  RequestApproval,
  Target,
} from "../api/types.ts";
import { type ApprovalEnvelope, approvalDigest } from "../approval/envelope.ts";
import { envelopeOf, type RoundTerms } from "../approval/envelope-of.ts";
import { evaluate } from "../approval/evaluate.ts";
import type { ApprovalForge, RoundPlace } from "../approval/provider.ts";
import type { SeenReview, Standing, Verdict } from "../approval/types.ts";
import type { EventInput } from "../audit/event.ts";
import type { PolicyEngine } from "../policy/engine.ts";
import { failpoint } from "../runtime/failpoint.ts";
import { type Events, type Gate, type Informer, type KubeClient, keyOf, type Logger, refOf } from "../runtime/index.ts";
import type { AuditGate } from "./audit-gate.ts";
import { type Json, mergePatch } from "./merge-patch.ts";
import { type RoundChange, roundStatus } from "./round-status.ts";
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

/** What every step of a round needs. */
export interface RoundScope {
  options: RoundsOptions;
  /** The provider of a request's round and what policy asks; undefined when one of them can't be had now, which the status then says. */
  forgeOf(request: ActionRequest): Promise<(ForgeInUse & { terms: Terms }) | undefined>;
  /** What is to be approved, as the request stands. */
  envelope(request: ActionRequest, terms: Pick<RoundTerms, "expiresAt" | "nonce">): ApprovalEnvelope | undefined;
  /** Whether the request is not what its round shows any more: another action, target, plan or parameters. */
  changedSince(request: ActionRequest): boolean;
  /** Reads a round anew and judges it. */
  look(request: ActionRequest, forge: ApprovalForge, terms: Terms): Promise<Verdict>;
  append(event: EventInput): Promise<LogPosition>;
  write(request: ActionRequest, change: RoundChange): Promise<void>;
  tell(request: ActionRequest, type: "Normal" | "Warning", reason: string, note: string): void;
  /** For what only shows something to people, and may fail without holding anything up. */
  told(request: ActionRequest): (error: unknown) => void;
}

export function createRoundScope(options: RoundsOptions): RoundScope {
  const { audit, clock, engine, logger } = options;
  const world = {
    policy: (name: string) => options.policies.get(name),
    agent: (name: string) => options.agents.get(name),
  };

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

  function envelope(
    request: ActionRequest,
    terms: Pick<RoundTerms, "expiresAt" | "nonce">,
  ): ApprovalEnvelope | undefined {
    return envelopeOf(request, resourceOf(request), { ...terms, cluster: options.cluster });
  }

  function changedSince(request: ActionRequest): boolean {
    const now = envelope(request, termsIn(request));
    return now === undefined || approvalDigest(now) !== request.status?.approval?.digest;
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
    const round = { ...place, digest, deadline: deadlineOf(approval), seen: seenOf(approval) };
    const { requirement } = terms;
    const known = obstacle === undefined ? {} : { obstacle };
    return evaluate({ round, reading, requirement, standings, excluded, self, now: clock(), ...known });
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

  function tell(request: ActionRequest, type: "Normal" | "Warning", reason: string, note: string): void {
    const { name, namespace, uid } = request.metadata;
    options.events.emit({
      regarding: { apiVersion: request.apiVersion, kind: request.kind, name, namespace, uid },
      ...{ type, reason, action: "Approve", note },
    });
  }

  function told(request: ActionRequest): (error: unknown) => void {
    return (error) => logger.warn({ request: keyOf(request), err: error }, "the round's check was not updated");
  }

  return { options, forgeOf, envelope, changedSince, look, append, write, tell, told };
}

/** What of a round's own its status has. */
export function termsIn({ status }: ActionRequest): Pick<RoundTerms, "expiresAt" | "nonce"> {
  const { deadline = "", nonce = "" } = status?.approval ?? {};
  return { expiresAt: deadline, nonce };
}

/** Where a request's round stands at its provider. */
export function placeOf({ status }: ActionRequest): RoundPlace {
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

/** Until when people may speak; once they said yes, as long as that is good, so that it can be looked at again. Epoch ms. */
function deadlineOf({ verdict, deadline = "", validUntil = "" }: RequestApproval = {}): number {
  const times = [Date.parse(deadline), ...(verdict === "Approved" ? [Date.parse(validUntil)] : [])];
  return Math.max(...times);
}

function seenOf(approval: RequestApproval | undefined): SeenReview[] {
  return (approval?.votes ?? []).flatMap(({ reviewId, userId, state }) =>
    reviewId === undefined || state === undefined ? [] : [{ id: reviewId, userId, state }],
  );
}

/** A message as the status takes it. */
export function cutTo(text: string): string {
  return text.length > 1024 ? `${text.slice(0, 1023)}…` : text;
}

/** RFC 3339, whole seconds, as Kubernetes writes times. */
export function isoTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
