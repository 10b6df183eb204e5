import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { ACTION_POLICIES, ACTION_REQUESTS, API_VERSION, TARGETS } from "../../controller/api/constants.ts";
import type { ActionRequest } from "../../controller/api/types.ts";
import {
  createClient,
  createTransport,
  isKubeError,
  type KubeClient,
  type KubeObject,
  sleep,
} from "../../controller/runtime/index.ts";
import { isRoleReady } from "../lib/roles.ts";
import { waitFor } from "../lib/wait.ts";
import { inFlight } from "./inflight.ts";
import type { BenchWorld } from "./world.ts";

/** How much is in the cluster. */
export interface Scale {
  targets: number;
  rules: number;
  open: number;
  finished: number;
}

export interface ScaleBench extends Scale {
  /** Resident memory by role, in MB: after all of it was created and handled, and of the controller after a restart over it. */
  rssMb: Record<string, number>;
  restartedRssMb: number;
  /** From the start of the controller's process to its readiness, in milliseconds. */
  restartMs: number;
}

const rulesPerPolicy = 50;
const width = 32;

/** Fills a cluster, then looks at what the roles hold and how fast the controller comes back. */
export async function benchScale(world: BenchWorld, scale: Scale, say: (line: string) => void): Promise<ScaleBench> {
  const admin = clientOf(world.kubeconfigs.admin);
  const agent = clientOf(world.kubeconfigs.agent);
  const controller = clientOf(world.kubeconfigs.controller);
  const many = async (what: string, count: number, work: (index: number) => Promise<unknown>) => {
    const { perSecond } = await inFlight(count, width, async (index) => void (await work(index)));
    say(`  ${count} ${what}, ${perSecond.toFixed(0)}/s`);
  };

  await many("targets", scale.targets, (index) => admin.create(TARGETS, target(index)));
  await many("policies", Math.ceil(scale.rules / rulesPerPolicy), (index) =>
    admin.create(ACTION_POLICIES, policy(index)),
  );
  await many("open requests", scale.open, (index) =>
    agent.create(ACTION_REQUESTS, request(`open-${index}`, "prod/api-server")),
  );
  await waitFor(async () => (await waiting(admin)) >= scale.open, {
    timeoutMs: 600_000,
    what: "all open requests to wait for people",
  });
  const chunk = 1_000;
  for (let done = 0; done < scale.finished; done += chunk) {
    const count = Math.min(chunk, scale.finished - done);
    await many(`finished requests (${done + count} of ${scale.finished})`, count, async (index) => {
      const created = await agent.create(ACTION_REQUESTS, request(`finished-${done + index}`, "prod/api-server"));
      await finish(controller, created);
    });
  }

  const rssMb: Record<string, number> = {};
  for (const [role, { process }] of Object.entries(world.stack.roles)) rssMb[role] = residentMb(process.current().pid);
  const { controller: role } = world.stack.roles;
  const before = role.process.current().pid;
  await role.process.current().stop(5_000);
  await waitFor(() => role.process.current().pid !== before, {
    timeoutMs: 30_000,
    what: "the controller to be started again",
  });
  const begun = performance.now();
  await waitFor(() => isRoleReady(role), {
    timeoutMs: 120_000,
    what: "the controller to be ready again",
    intervalMs: 20,
  });
  const restartMs = performance.now() - begun;
  await sleep(15_000);
  return { ...scale, rssMb, restartMs, restartedRssMb: residentMb(role.process.current().pid) };
}

async function waiting(admin: KubeClient): Promise<number> {
  const { items } = await admin.list<ActionRequest>(ACTION_REQUESTS, { fieldSelector: "status.settled!=true" });
  return items.filter(({ status }) => status?.decision?.result === "require_approval").length;
}

/** Denies a request by hand, as the decider would: what counts here is that it is finished, not why. */
async function finish(controller: KubeClient, created: ActionRequest): Promise<void> {
  const at = new Date().toISOString();
  const condition = (type: string, status: string, reason: string) => ({
    type,
    status,
    reason,
    message: "a benchmark",
    lastTransitionTime: at,
    observedGeneration: 1,
  });
  const conditions = [
    condition("Ready", "False", "Denied"),
    condition("Stalled", "True", "Denied"),
    condition("Denied", "True", "Rule"),
    condition("Finished", "True", "Denied"),
  ];
  for (let current = created; ; ) {
    const metadata = { resourceVersion: current.metadata.resourceVersion ?? "" };
    const { name, namespace } = current.metadata;
    try {
      await controller.patchStatus(
        ACTION_REQUESTS,
        { name, namespace },
        { metadata, status: { conditions, settled: true, observedGeneration: 1 } },
      );
      return;
    } catch (error) {
      // The decider wrote meanwhile: judged by what is there now.
      if (!isKubeError(error, "CONFLICT")) throw error;
      current = await controller.get<ActionRequest>(ACTION_REQUESTS, { name, namespace });
      if (current.status?.settled === true) return;
    }
  }
}

function target(index: number): KubeObject {
  const name = `bench-${index}`;
  const kubernetes = { apiVersion: "apps/v1", kind: "Deployment", namespace: `bench-${index % 100}`, name };
  return {
    ...{ apiVersion: API_VERSION, kind: "Target", metadata: { name } },
    ...{
      spec: {
        id: `bench/${index}`,
        type: "k8s-deployment",
        environment: "staging",
        sensitivity: "internal",
        labels: { team: `team-${index % 200}` },
        resource: { kubernetes },
      },
    },
  } as KubeObject;
}

function policy(index: number): KubeObject {
  const rules = Array.from({ length: rulesPerPolicy }, (_, rule) => ({
    name: `rule-${rule}`,
    priority: rule,
    match: {
      actions: ["scale-*"],
      targets: { labels: { team: `team-${(index * rulesPerPolicy + rule) % 200}` } },
      callers: { roles: [`role-${rule}`] },
    },
    decision: "allow",
    reason: "a benchmark",
  }));
  return {
    apiVersion: API_VERSION,
    kind: "ActionPolicy",
    metadata: { name: `bench-${index}` },
    spec: { rules },
  } as KubeObject;
}

function request(name: string, targetId: string): ActionRequest {
  const spec = { action: "restart-deployment", target: targetId, params: {}, reason: "a benchmark" };
  return { apiVersion: API_VERSION, kind: "ActionRequest", metadata: { name, namespace: "agents" }, spec };
}

function residentMb(pid: number): number {
  const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kb ?? 0) / 1024;
}

function clientOf(kubeconfig: string): KubeClient {
  return createClient(createTransport({ kubeconfig, userAgent: "agent-safe-bench" }));
}
