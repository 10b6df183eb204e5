import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { ACTION_REQUESTS, ACTIONS, AGENTS, TARGETS, ticketIssuer } from "../../../controller/api/constants.ts";
import { objectDigest, paramsDigest } from "../../../controller/api/digest.ts";
import type { Action, ActionRequest, Agent, Target } from "../../../controller/api/types.ts";
import { generateRbac } from "../../../controller/credentials/rbac.ts";
import {
  createClient,
  createTransport,
  getCondition,
  isTrue,
  type KubeClient,
} from "../../../controller/runtime/index.ts";
import type { TicketSubject } from "../../../controller/tickets/claims.ts";
import { issueTicket } from "../../../controller/tickets/issue.ts";
import { createTicketKeys, type TicketKeys } from "../../../controller/tickets/keys.ts";
import { installInto } from "../../../hack/lib/install.ts";
import { type TestCluster, waitFor } from "../../support/cluster.ts";

const API = "agentsafe.dev/v1alpha1";

/** The product's objects on a cluster, with the test in the place of the decider. */
export interface World {
  admin: KubeClient;
  cluster: TestCluster;
  /** Namespace of the workloads. */
  namespace: string;
  issuer: string;
  keys: TicketKeys;
  executorKubeconfig: string;
  /** Makes a target; its rights still have to be generated. */
  target(
    id: string,
    type: string,
    kubernetes: { apiVersion: string; kind: string; namespace?: string; name: string },
    more?: Record<string, unknown>,
  ): Promise<void>;
  /** Applies what `rbac generate` gives now. */
  grant(): Promise<void>;
  /** A deployment with ready pods. */
  deployment(name: string, replicas?: number): Promise<void>;
  /** Creates a request; it is not decided. */
  request(
    action: string,
    target: string,
    options?: { place?: string; params?: Record<string, unknown> },
  ): Promise<ActionRequest>;
  /** Allows a request and issues its ticket, or one that was tampered with. */
  decide(request: ActionRequest, params: Record<string, unknown>, change?: TicketChange): Promise<ActionRequest>;
  read(request: ActionRequest): Promise<ActionRequest>;
  /** Waits for the end of a request. */
  finished(request: ActionRequest, timeoutMs?: number): Promise<ActionRequest>;
}

export interface TicketChange {
  subject?: Partial<TicketSubject>;
  token?: (token: string) => string;
  lifetimeSeconds?: number;
  /** The clock of the issuer, relative to now. */
  shiftMs?: number;
  params?: Record<string, unknown>;
  /** Name of the Agent that asks; default the world's own. */
  agent?: string;
}

/** Installs what the executor needs and makes the world of one test file. */
export async function makeWorld(cluster: TestCluster): Promise<World> {
  await installInto(cluster.admin);
  const admin = cluster.adminClient;
  const namespace = await cluster.namespace("work");
  const kubeSystem = await admin.get<{ metadata: { uid: string } }>(
    { group: "", version: "v1", plural: "namespaces", namespaced: false },
    { name: "kube-system" },
  );
  const issuer = ticketIssuer(kubeSystem.metadata.uid);
  const controllerKubeconfig = await cluster.asServiceAccount("agent-safe-system", "agent-safe-controller");
  const executorKubeconfig = await cluster.asServiceAccount("agent-safe-system", "agent-safe-executor");
  const controller = createClient(createTransport({ kubeconfig: controllerKubeconfig, userAgent: "test-controller" }));
  const keys = createTicketKeys({
    client: controller,
    namespace: "agent-safe-system",
    issuer,
    clock: Date.now,
    newKeyId: randomUUID,
  });
  await keys.refresh();
  await cluster.apply(
    stringify({
      apiVersion: API,
      kind: "Agent",
      metadata: { name: namespace },
      spec: { subjects: [{ kind: "ServiceAccount", namespace, name: "bot" }] },
    }),
  );
  await readyNodes(cluster);

  const world: World = {
    admin,
    cluster,
    namespace,
    issuer,
    keys,
    executorKubeconfig,
    async target(id, type, kubernetes, more = {}) {
      const name = `${namespace}-${id.replaceAll("/", "-")}`;
      const spec = {
        id: `${namespace}/${id}`,
        type,
        environment: "dev",
        sensitivity: "public",
        contents: "registered",
        resource: { kubernetes },
        ...more,
      };
      await cluster.apply(stringify({ apiVersion: API, kind: "Target", metadata: { name }, spec }));
    },
    async grant() {
      const [actions, targets] = await Promise.all([admin.list<Action>(ACTIONS), admin.list<Target>(TARGETS)]);
      const own = targets.items.filter(({ spec }) => spec.id?.startsWith(`${namespace}/`));
      await cluster.apply(
        generateRbac({ actions: actions.items, targets: own })
          .map((manifest) => stringify(manifest))
          .join("---\n"),
      );
    },
    async deployment(name, replicas = 1) {
      const labels = { app: name };
      const spec = {
        automountServiceAccountToken: false,
        containers: [{ name: "main", image: "busybox:1.37" }],
      };
      await cluster.apply(
        stringify({
          ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace } },
          spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
        }),
      );
      await waitFor(
        async () =>
          (
            await cluster.kubectl([
              "get",
              "deploy",
              "-n",
              namespace,
              name,
              "-o",
              "jsonpath={.status.availableReplicas}",
            ])
          ).stdout === `${replicas}`,
        { timeoutMs: 120_000, what: `deployment ${name}` },
      );
    },
    async request(action, target, { place = namespace, params = {} } = {}) {
      const spec = { action, target: `${namespace}/${target}`, params };
      // Requests are made by an agent: its username is stamped by a webhook that does not run here, so it says so itself.
      const requester = { username: "kubernetes-admin" };
      const name = `${action}-${randomUUID().slice(0, 8)}`;
      return admin.create<ActionRequest>(ACTION_REQUESTS, {
        ...{ apiVersion: API, kind: "ActionRequest", metadata: { name, namespace: place } },
        spec: { ...spec, requester: { ...requester, ...(await whoami(admin)) } },
      });
    },
    async decide(request, params, change = {}) {
      const { action, target } = request.spec;
      const [actionObject, agent, targets] = await Promise.all([
        admin.get<Action>(ACTIONS, { name: action }),
        admin.get<Agent>(AGENTS, { name: change.agent ?? namespace }),
        admin.list<Target>(TARGETS, { fieldSelector: `spec.id=${target}` }),
      ]);
      const targetObject = targets.items[0];
      if (targetObject === undefined) throw new Error(`no target ${target}`);
      const attempt = (request.status?.ticket?.attempt ?? 0) + 1;
      const subject: TicketSubject = {
        ...{ requestUid: request.metadata.uid ?? "", ticketId: randomUUID(), audience: "agent-safe-executor", attempt },
        request: { namespace: request.metadata.namespace ?? "", name: request.metadata.name },
        action: { name: action, digest: objectDigest(actionObject) },
        target: { id: target, digest: objectDigest(targetObject) },
        params: paramsDigest(params),
        agent: { id: agent.metadata.name, digest: objectDigest(agent) },
      };
      const options = { now: Date.now() + (change.shiftMs ?? 0), lifetimeSeconds: change.lifetimeSeconds };
      const signed = await issueTicket(keys.signer(), { ...subject, ...change.subject }, options);
      const expiresAt = new Date(Date.now() + (change.lifetimeSeconds ?? 60) * 1000).toISOString();
      const ticket = {
        ...signed,
        id: subject.ticketId,
        attempt,
        audience: subject.audience,
        token: change.token?.(signed.token) ?? signed.token,
        expiresAt,
      };
      const now = new Date().toISOString();
      const condition = (type: string, status: string, reason: string) => ({
        type,
        status,
        reason,
        message: "",
        lastTransitionTime: now,
        observedGeneration: 1,
      });
      const status = {
        observedGeneration: 1,
        agent: {
          id: agent.metadata.name,
          name: agent.metadata.name,
          uid: agent.metadata.uid,
          digest: subject.agent.digest,
          roles: [],
          groups: [],
          delegation: [],
        },
        decision: {
          ...{ result: "allow", reason: "test", params: change.params ?? params },
          action: { name: action, uid: actionObject.metadata.uid, digest: subject.action.digest },
          target: {
            id: target,
            name: targetObject.metadata.name,
            uid: targetObject.metadata.uid,
            digest: subject.target.digest,
          },
        },
        ticket,
        conditions: [
          condition("PolicyEvaluated", "True", "Allowed"),
          condition("TicketIssued", "True", "Issued"),
          condition("Ready", "False", "TicketIssued"),
          condition("Reconciling", "True", "TicketIssued"),
        ],
      };
      const { name, namespace: place, resourceVersion = "" } = request.metadata;
      const current = await admin.get<ActionRequest>(ACTION_REQUESTS, { name, namespace: place });
      return controller.patchStatus<ActionRequest>(
        ACTION_REQUESTS,
        { name, namespace: place },
        { metadata: { resourceVersion: current.metadata.resourceVersion ?? resourceVersion }, status },
      );
    },
    read: ({ metadata: { name, namespace: place } }) =>
      admin.get<ActionRequest>(ACTION_REQUESTS, { name, namespace: place }),
    async finished(request, timeoutMs = 120_000) {
      const read = () => world.read(request);
      try {
        return await waitFor(
          async () =>
            (await read().then(({ status }) => isTrue(status?.conditions, "Finished") && status?.settled === true)) &&
            (await read()),
          { timeoutMs },
        );
      } catch (cause) {
        throw new Error(`not finished: ${JSON.stringify((await read()).status?.conditions)}`, { cause });
      }
    },
  };
  return world;
}

/** Reason of a condition, for assertions. */
export function reasonOf(request: ActionRequest, type: string): string | undefined {
  return getCondition(request.status?.conditions, type)?.reason;
}

/** The catalog's file of an Action, changed. */
export function changedAction(name: string, change: (action: Action) => void): string {
  const folder = join(import.meta.dirname, "..", "..", "..", "catalog", "kubernetes");
  const file = readdirSync(folder).find((entry) => entry === `${name}.yaml`) ?? "";
  const action: Action = parse(readFileSync(join(folder, file), "utf8"));
  change(action);
  return stringify(action);
}

async function whoami(client: KubeClient): Promise<Record<string, unknown>> {
  const review = await client.raw<{ status: { userInfo: Record<string, unknown> } }>(
    "POST",
    "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    {
      body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
    },
  );
  return review.status.userInfo;
}

async function readyNodes(cluster: TestCluster): Promise<void> {
  const { stdout } = await cluster.kubectl(["get", "nodes", "-o", "name"]);
  if (stdout.trim() !== "") return;
  for (const name of ["node-a", "node-b"]) {
    await cluster.apply(stringify({ apiVersion: "v1", kind: "Node", metadata: { name }, spec: {} }));
  }
}
