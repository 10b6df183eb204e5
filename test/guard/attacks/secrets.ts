import type { KubeClient } from "../../../controller/runtime/client.ts";
import { credentialsNamespace, resources, systemNamespace } from "../support.ts";
import { type Attack, absent, dry, dryMerge, secret, type World } from "./world.ts";

const { secrets, targets, policies } = resources;
const tokenSecret = { annotations: { "kubernetes.io/service-account.name": "agent-safe-controller" } };
const anyPolicy = {
  apiVersion: "agentsafe.dev/v1alpha1",
  kind: "ActionPolicy",
  metadata: { name: "forged" },
  spec: { rules: [{ name: "all", priority: 1, match: { actions: ["*"] }, decision: "allow", reason: "forged" }] },
};

/** Secrets that would give an account more than its own. */
export function secretAttacks(world: World): Attack[] {
  return [
    {
      what: "the executor mints the decider's token",
      says: /service-account-token/,
      run: () => secret(world.executor, systemNamespace, "kubernetes.io/service-account-token", tokenSecret),
    },
    {
      what: "the executor mints a token beside the credentials",
      says: /service-account-token/,
      run: () => secret(world.executor, credentialsNamespace, "kubernetes.io/service-account-token", tokenSecret),
    },
    {
      what: "the executor mints a token elsewhere",
      says: /service-account-token/,
      run: () => secret(world.executor, "kube-system", "kubernetes.io/service-account-token", tokenSecret),
    },
    {
      what: "the executor makes a Secret of ours",
      says: /systemsecrets/,
      run: () => secret(world.executor, systemNamespace, "Opaque"),
    },
    {
      what: "an agent makes a Secret of ours",
      says: /systemsecrets/,
      run: () => secret(world.bot, systemNamespace, "Opaque"),
    },
    {
      what: "an agent makes a credential",
      says: /executor alone/,
      run: () => secret(world.bot, credentialsNamespace, "agentsafe.dev/credential"),
    },
    {
      what: "the executor makes another Secret beside the credentials",
      says: /agentsafe\.dev\/credential/,
      run: () => secret(world.executor, credentialsNamespace, "Opaque"),
    },
    {
      what: "the executor makes another Secret elsewhere",
      says: /agentsafe\.dev\/output/,
      run: () => secret(world.executor, world.namespace, "Opaque"),
    },
    {
      what: "the controller makes a Secret",
      says: /only the executor/,
      run: () => secret(world.controller, world.namespace, "agentsafe.dev/output"),
    },
    {
      what: "a credential with a finalizer",
      says: /metadata\.finalizers/,
      run: () => secret(world.executor, credentialsNamespace, "agentsafe.dev/credential", { finalizers: ["x.dev/y"] }),
    },
    {
      what: "a credential with an annotation",
      says: /metadata\.annotations/,
      run: () => secret(world.executor, credentialsNamespace, "agentsafe.dev/credential", tokenSecret),
    },
    {
      what: "an output with an owner",
      says: /metadata\.ownerReferences/,
      run: () => secret(world.executor, world.namespace, "agentsafe.dev/output", { ownerReferences: [absent] }),
    },
    {
      what: "the executor changes a credential",
      says: /never changed/,
      run: () =>
        world.executor.patch(
          secrets,
          { name: "kept", namespace: credentialsNamespace },
          { stringData: { a: "b" } },
          dryMerge,
        ),
    },
    {
      what: "a finalizer on a key",
      says: /metadata\.finalizers/,
      run: () =>
        world.controller.patch(
          secrets,
          { name: "agent-safe-ticket-keys", namespace: systemNamespace },
          { metadata: { finalizers: ["x.dev/y"] } },
          dryMerge,
        ),
    },
  ];
}

/** What the right to patch a sentinel is not good for. */
export function sentinelAttacks(world: World): Attack[] {
  const sentinel = (client: KubeClient, body: object) =>
    client.patch(targets, { name: "agent-safe-sentinel" }, body, dryMerge);
  return [
    {
      what: "a label on a sentinel",
      says: /metadata of a sentinel/,
      run: () => sentinel(world.controller, { metadata: { labels: { a: "b" } } }),
    },
    {
      what: "another annotation on a sentinel",
      says: /metadata\.annotations/,
      run: () => sentinel(world.controller, { metadata: { annotations: { a: "b" } } }),
    },
    {
      what: "the spec of a sentinel",
      says: /spec of a sentinel/,
      run: () => sentinel(world.controller, { spec: { id: "prod/web" } }),
    },
    {
      what: "the executor touches a sentinel",
      says: /accounts of agent-safe-system/,
      run: () => sentinel(world.executor, { metadata: { annotations: { "agentsafe.dev/fresh-at": "1" } } }),
    },
    {
      what: "the controller deletes a policy",
      says: /accounts of agent-safe-system/,
      run: () => world.controller.delete(policies, { name: "agent-safe-sentinel" }, dry),
    },
    {
      what: "the controller makes a policy",
      says: /accounts of agent-safe-system/,
      run: () => world.controller.create(policies, anyPolicy, dry),
    },
  ];
}
