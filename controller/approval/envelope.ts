import { canonicalJson, digest } from "../api/digest.ts";

/**
 * What people approve, whole. Its digest is the approved thing: whatever of this changes voids an approval. The decision, the policy and
 * the state of the target stand beside it as evidence, because those are judged again when they change.
 */
export interface ApprovalEnvelope {
  v: 1;
  /** UID of the namespace kube-system. */
  cluster: string;
  /** The ActionRequest or ActionPlan. Its UID tells it from another of the same name. */
  request: { kind: "ActionRequest" | "ActionPlan"; namespace: string; name: string; uid: string; specDigest: string };
  requester: {
    username: string;
    uid?: string;
    groups?: readonly string[];
    extra?: Readonly<Record<string, readonly string[]>>;
  };
  agent: { id: string; uid?: string };
  /** Who lent it its power, root first. */
  delegation: readonly { id: string; uid?: string }[];
  /** What is to be done; one for a request, several for a plan. */
  steps: readonly EnvelopeStep[];
  /** RFC 3339: the round's deadline. */
  expiresAt: string;
  /** Random, so that equal content of two rounds has two digests. */
  nonce: string;
}

export interface EnvelopeStep {
  /** Name of the plan's step. */
  step?: string;
  action: { name: string; digest: string };
  /** Which thing, not in which state: the Target and what it stands for. */
  target: { id: string; uid?: string; resource?: unknown };
  /** With defaults and bindings filled in. */
  params: Readonly<Record<string, unknown>>;
  /** What was shown of it. */
  plan: { mode: "server-dry-run" | "none"; digest?: string };
}

/** `sha256:` and the hex digest of the envelope's canonical JSON. */
export function approvalDigest(envelope: ApprovalEnvelope): string {
  return digest(envelope);
}

/** The bytes that are hashed, as they stand in the file `envelope.json`: RFC 8785, without a line's end. */
export function envelopeFile(envelope: ApprovalEnvelope): string {
  return canonicalJson(envelope);
}
