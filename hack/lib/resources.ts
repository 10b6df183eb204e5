import type { Resource } from "../../controller/runtime/types.ts";

/** The API resources that bringing up a cluster touches. */
export const resources = {
  nodes: { group: "", version: "v1", plural: "nodes", namespaced: false },
  namespaces: { group: "", version: "v1", plural: "namespaces", namespaced: false },
  serviceAccounts: { group: "", version: "v1", plural: "serviceaccounts", namespaced: true },
  definitions: { group: "apiextensions.k8s.io", version: "v1", plural: "customresourcedefinitions", namespaced: false },
  policies: admission("validatingadmissionpolicies"),
  mutatingWebhooks: admission("mutatingwebhookconfigurations"),
  validatingWebhooks: admission("validatingwebhookconfigurations"),
  agents: ours("agents"),
  actions: ours("actions"),
  targets: ours("targets"),
} as const satisfies Record<string, Resource>;

function admission(plural: string): Resource {
  return { group: "admissionregistration.k8s.io", version: "v1", plural, namespaced: false };
}

function ours(plural: string): Resource {
  return { group: "agentsafe.dev", version: "v1alpha1", plural, namespaced: false };
}
