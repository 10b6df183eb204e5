import type { Agent, Delegation } from "../../controller/api/types.ts";
import { AgentIndex } from "../../controller/identity/agent-index.ts";
import { DelegationIndex } from "../../controller/identity/delegation-index.ts";

export const NAMESPACE = "agents";
/** When all Delegations of these tests were made, in epoch ms. */
export const CREATED = Date.parse("2026-03-01T10:00:00Z");

/** An Agent that the ServiceAccount of its name authenticates as. */
export function agent(name: string, spec: Partial<Agent["spec"]> = {}): Agent {
  const subjects = [{ kind: "ServiceAccount" as const, namespace: NAMESPACE, name }];
  return {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "Agent",
    metadata: { name, uid: `uid-${name}` },
    spec: { subjects, ...spec },
  };
}

/** Who the API server says asks, when it is an agent's ServiceAccount. */
export function account(name: string) {
  return { username: `system:serviceaccount:${NAMESPACE}:${name}` };
}

/** A Delegation as the API server has it, by the ServiceAccount `from`. */
export function delegation(
  name: string,
  from: string,
  spec: Partial<Delegation["spec"]> & { to: string },
  metadata: Partial<Delegation["metadata"]> = {},
): Delegation {
  return {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "Delegation",
    metadata: {
      name,
      namespace: NAMESPACE,
      uid: `uid-${name}`,
      creationTimestamp: new Date(CREATED).toISOString(),
      ...metadata,
    },
    spec: { requester: account(from), ...spec },
  };
}

/** The parentRef of a Delegation made by `delegation`. */
export function ref(name: string) {
  return { name, uid: `uid-${name}` };
}

export function indexes(agents: readonly Agent[], delegations: readonly Delegation[]) {
  const known = { agents: new AgentIndex(), delegations: new DelegationIndex() };
  for (const one of agents) known.agents.upsert(one);
  for (const one of delegations) known.delegations.upsert(one);
  return known;
}
