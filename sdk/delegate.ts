import { parseDuration } from "../controller/api/duration.ts";
import type { Delegation } from "../controller/api/types.ts";
import { createDelegation, type IdentitySigner } from "../controller/identity/issue-identity.ts";
import type { VerifiedIdentity } from "../controller/identity/verify-identity.ts";
import type { Cluster } from "./cluster.ts";
import { createOnce } from "./create.ts";
import { newObject, type ObjectRef, RESOURCE_OF, refOf } from "./objects.ts";
import type { Settings } from "./options.ts";

type Spec = Delegation["spec"];

/** What is lent to whom. Roles and groups that are not named are not lent. */
export interface LendInput extends Pick<Spec, "to" | "roles" | "groups" | "actions" | "targets" | "ttl" | "maxDepth"> {}

/** To lend in the cluster, as the identity of the kubeconfig. */
export interface LendInClusterInput extends LendInput, Pick<Spec, "parentRef" | "reason"> {
  /** Name of the Delegation; default one that nobody had before. */
  name?: string;
  namespace?: string;
}

/** To lend by a token, without a cluster. */
export interface LendByTokenInput extends LendInput {
  /** The token of the one who lends. */
  token: string;
  /** The private half of its issuer, which must be one of those that are trusted here. */
  signer: IdentitySigner;
}

/** What a token lends: the token for the receiver, and what it proves. */
export interface LentToken {
  token: string;
  identity: VerifiedIdentity;
}

/** Creates a Delegation. Its `metadata` {name, uid} is what the receiver gives as `delegationRef`. */
export function lendInCluster(cluster: Cluster, { name, namespace, ...spec }: LendInClusterInput): Promise<Delegation> {
  const named = { name: name ?? `delegation-${cluster.randomId()}`, namespace: namespace ?? cluster.namespace };
  return createOnce(cluster, newObject<Delegation>("Delegation", named, spec));
}

/** Signs a token that holds a part of another. Throws IdentityError. */
export async function lendByToken(
  { trust, clock, randomId }: Settings,
  { token, signer, to, roles, groups, actions, targets, ttl, maxDepth }: LendByTokenInput,
): Promise<LentToken> {
  const lent = {
    ...{ to, roles, groups, tokenId: randomId() },
    ...(maxDepth !== undefined && { maxDepth }),
    ...(ttl !== undefined && { ttlMs: parseDuration(ttl) }),
    ...((actions ?? targets) !== undefined && { scope: { actions, targets } }),
  };
  return createDelegation(token, lent, { ...(await trust()), signer, now: clock() });
}

/** Takes back what was lent, for good and with all that was lent on under it. Only who lent may, or who has the verb `revoke`. */
export function revoke(cluster: Cluster, ref: ObjectRef): Promise<Delegation> {
  const { name, namespace, uid } = refOf(ref, cluster.namespace);
  const patch = { ...(uid !== undefined && { metadata: { uid } }), spec: { revoked: true } };
  return cluster.client.patch(RESOURCE_OF.Delegation, { name, namespace }, patch, {
    type: "merge",
    signal: cluster.closing,
  });
}
