import { randomUUID } from "node:crypto";
import { ACTION_REQUESTS, DEPLOYMENTS } from "../../../controller/api/constants.ts";
import type { ActionRequest } from "../../../controller/api/types.ts";
import { createClient, createTransport, type KubeClient, type KubeObject } from "../../../controller/runtime/index.ts";
import { type TestCluster, waitFor } from "../../support/cluster.ts";
import type { TestStack } from "../../support/stack.ts";
import { namespace, reasonOf } from "./agent.ts";

/** Where the tallies live. */
export const loadNamespace = "load";

/** An action that leaves one mark per execution, and can find its mark again. */
export const tally = "tally";
/** The same, but nothing can find out afterwards whether it was done. */
export const blindTally = "tally-blind";

/** A Deployment on which the tally actions leave their marks; paused and without replicas, so that nothing else moves. */
export interface Tally extends KubeObject {
  spec: { template: { spec: { containers: { env?: { name: string; value?: string }[] }[] } } };
}

/** UIDs of the requests that left a mark, one entry per mark: done twice is there twice. */
export function marksOf(object: Tally): string[] {
  const env = object.spec.template.spec.containers[0]?.env ?? [];
  return env.filter(({ name }) => name === "BY").map(({ value = "" }) => value);
}

/** Many requests at once on objects that count what was really done. */
export interface Load {
  /** Creates requests spread over the objects, `blind` of them for the action without a look; rejects when one is refused. */
  submit(count: number, options?: { blind?: number }): Promise<ActionRequest[]>;
  /** All requests so far. */
  readonly requests: ActionRequest[];
  /** A client of the admin, for oracles. */
  readonly client: KubeClient;
}

function action(name: string, observe: string): string {
  return `apiVersion: agentsafe.dev/v1alpha1
kind: Action
metadata: {name: ${name}}
spec:
  version: 1.0.0
  description: Appends a mark, so that doing it twice shows.
  riskClass: low
  targetTypes: [tally]
  parameters:
  - {name: namespace, type: string, required: true, description: Namespace}
  - {name: deployment, type: string, required: true, description: Name}
  bindings: {namespace: target.namespace, deployment: target.name}
  prechecks:
  - {name: deployment-exists}
  credentials:
    provider: kubernetes
    revokeAfter: 5m
    rules:
    - {apiGroups: [apps], resources: [deployments], verbs: [get, patch], scope: target}
  execution:
    idempotent: false${observe}
    timeout: 1m
    executor: kubernetes
    kubernetes:
      verb: patch
      patchType: json
      resource: deployments
      patch:
      - {op: add, path: /spec/template/spec/containers/0/env/-, value: {name: BY, value: "{{ request.uid }}"}}
`;
}

const look = `
    observe: >-
      object != null && object.spec.template.spec.containers[0].env.exists(e, has(e.value) && e.value == request.uid)`;

function place(name: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${loadNamespace}}
spec:
  paused: true
  replicas: 0
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: main, image: none, env: [{name: NONE, value: "0"}]}]}
---
apiVersion: agentsafe.dev/v1alpha1
kind: Target
metadata: {name: load-${name}}
spec:
  id: dev/${name}
  type: tally
  environment: dev
  sensitivity: public
  owner: tests
  resource: {kubernetes: {apiVersion: apps/v1, kind: Deployment, namespace: ${loadNamespace}, name: ${name}}}
`;
}

/** Brings the objects, their Targets and both actions onto a cluster with a running stack, and waits until requests for them are executed. */
export async function makeLoad(cluster: TestCluster, stack: TestStack, objects = 12): Promise<Load> {
  const names = Array.from({ length: objects }, (_, index) => `t${index}`);
  await cluster.kubectl(["create", "namespace", loadNamespace]);
  await cluster.apply([action(tally, look), action(blindTally, ""), ...names.map(place)].join("---\n"));
  const transport = createTransport({ kubeconfig: stack.agents["deploy-bot"] ?? "", userAgent: "load" });
  cluster.beforeStop(() => transport.close());
  const agent = createClient(transport);
  const requests: ActionRequest[] = [];
  let next = 0;

  const ask = async (kind: string): Promise<ActionRequest> => {
    const name = names[next++ % names.length] ?? "";
    const request = await agent.create<ActionRequest>(ACTION_REQUESTS, {
      apiVersion: "agentsafe.dev/v1alpha1",
      kind: "ActionRequest",
      metadata: { name: `load-${randomUUID()}`, namespace },
      spec: { action: kind, target: `dev/${name}`, params: {}, reason: "load" },
    } as ActionRequest);
    requests.push(request);
    return request;
  };
  const load: Load = {
    requests,
    client: cluster.adminClient,
    submit: (count, { blind = 0 } = {}) =>
      Promise.all(Array.from({ length: count }, (_, index) => ask(index < blind ? blindTally : tally))),
  };

  // Rights follow the new Targets after a moment; until then an execution fails for want of an account.
  for (const kind of [tally, blindTally]) {
    await waitFor(
      async () => {
        const request = await ask(kind);
        const end = await untilFinished(cluster, request);
        return reasonOf(end, "Ready") === "Succeeded";
      },
      { timeoutMs: 120_000, intervalMs: 1_000, what: `the action ${kind} to work` },
    );
  }
  return load;
}

async function untilFinished(cluster: TestCluster, { metadata: { name } }: ActionRequest): Promise<ActionRequest> {
  let seen: ActionRequest | undefined;
  await waitFor(
    async () => {
      seen = await cluster.adminClient.get<ActionRequest>(ACTION_REQUESTS, { name, namespace });
      return reasonOf(seen, "Finished") !== undefined;
    },
    { timeoutMs: 60_000, what: `${name} to finish` },
  );
  return seen as ActionRequest;
}

/** How often each request left its mark, by UID. */
export async function countMarks(client: KubeClient): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const { items } = await client.list<Tally>(DEPLOYMENTS, { namespace: loadNamespace });
  for (const mark of items.flatMap(marksOf)) counts.set(mark, (counts.get(mark) ?? 0) + 1);
  return counts;
}
