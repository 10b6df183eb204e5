import { randomUUID } from "node:crypto";
import { ACTION_REQUESTS, EVENTS } from "../../controller/api/constants.ts";
import type { ActionRequest } from "../../controller/api/types.ts";
import { type Json, mergePatch } from "../../controller/reconcilers/merge-patch.ts";
import {
  createClient,
  createInformer,
  createTransport,
  type KubeClient,
  microTime,
} from "../../controller/runtime/index.ts";
import { inFlight, type Load, quantile } from "./inflight.ts";
import type { BenchWorld } from "./world.ts";

const namespace = "agents";

/** What the request path measured. Times in milliseconds, rates per second. */
export interface RequestBench {
  product: Load;
  raw: Load;
  /** Product rate over the raw rate of the same writes. */
  ratio: number;
  idleP50: number;
  rawIdleP50: number;
}

/** The statuses that one request went through, as patches from one to the next, with who wrote each. */
interface Recording {
  steps: { by: "controller" | "executor"; patch: Json }[];
}

/**
 * Times allowed requests of an action that touches nothing, from creation to Ready, against the same writes (same objects,
 * bytes, identities and admission) sent by nobody but this program while controller and executor stand still.
 */
export async function benchRequests(
  world: BenchWorld,
  { count = 640, rounds = 3, width = 32 } = {},
): Promise<RequestBench> {
  const agent = clientOf(world.kubeconfigs.agent);
  const writers = {
    controller: clientOf(world.kubeconfigs.controller),
    executor: clientOf(world.kubeconfigs.executor),
  };
  const stop = new AbortController();
  const waiting = new Map<string, () => void>();
  const history: ActionRequest[] = [];
  let recording: Recording | undefined;
  const requests = createInformer<ActionRequest>({
    client: clientOf(world.kubeconfigs.admin),
    resource: ACTION_REQUESTS,
    namespace,
  });
  const see = (request: ActionRequest) => {
    if (recording === undefined) history.push(request);
    if (request.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True")) {
      waiting.get(request.metadata.name)?.();
      waiting.delete(request.metadata.name);
    }
  };
  requests.on({ add: see, update: see });
  const running = requests.start(stop.signal);
  await requests.synced;

  const create = (name: string) =>
    agent.create<ActionRequest>(ACTION_REQUESTS, {
      apiVersion: "agentsafe.dev/v1alpha1",
      kind: "ActionRequest",
      metadata: { name, namespace },
      spec: { action: "bench-nothing", target: "dev/web", params: {}, reason: "a benchmark" },
    });
  const throughProduct = async () => {
    const name = `bench-${randomUUID()}`;
    const done = new Promise<void>((resolve) => waiting.set(name, resolve));
    const { metadata } = await create(name);
    await done;
    return metadata.uid ?? "";
  };

  recording = await record(throughProduct, history);
  const { steps } = recording;
  const byHand = async () => {
    const created = await create(`bench-${randomUUID()}`);
    let { resourceVersion } = created.metadata;
    for (const { by, patch } of steps) {
      const body = { metadata: { resourceVersion: resourceVersion ?? "" }, status: patch };
      const written = await writers[by].patchStatus<ActionRequest>(ACTION_REQUESTS, created.metadata as never, body);
      resourceVersion = written.metadata.resourceVersion;
      // Two events a request, as the product emits them.
      if (patch !== steps[1]?.patch) await writers[by].create(EVENTS, eventFor(created, by));
    }
  };

  const product: Load[] = [];
  const raw: Load[] = [];
  await inFlight(64, width, async () => void (await throughProduct()));
  for (let round = 0; round < rounds; round += 1) {
    product.push(await inFlight(count / rounds, width, async () => void (await throughProduct())));
    await world.standStill(async () => {
      raw.push(await inFlight(count / rounds, width, byHand));
    });
  }
  const idle = await inFlight(60, 1, async () => void (await throughProduct()));
  let rawIdle: Load = { perSecond: 0, times: [] };
  await world.standStill(async () => {
    rawIdle = await inFlight(60, 1, byHand);
  });
  stop.abort();
  await running;
  const best = { product: middle(product), raw: middle(raw) };
  return {
    ...best,
    ratio: best.product.perSecond / best.raw.perSecond,
    idleP50: quantile(idle.times, 0.5),
    rawIdleP50: quantile(rawIdle.times, 0.5),
  };
}

async function record(run: () => Promise<string>, history: ActionRequest[]): Promise<Recording> {
  history.length = 0;
  const uid = await run();
  const versions = history.splice(0).filter(({ metadata }) => metadata.uid === uid);
  const steps = versions.slice(1).map((version, index) => {
    const before = (versions[index]?.status ?? {}) as Json;
    const by = version.status?.claim === undefined ? ("controller" as const) : ("executor" as const);
    return { by, patch: mergePatch(before, version.status as Json) ?? {} };
  });
  if (steps.length !== 3) throw new Error(`an allowed request took ${steps.length} status writes, not 3`);
  return { steps };
}

function eventFor({ metadata }: ActionRequest, by: string) {
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: `${metadata.name}.${by}`, namespace },
    eventTime: microTime(Date.now()),
    reportingController: `agentsafe.dev/${by}`,
    reportingInstance: "bench",
    type: "Normal",
    reason: "Bench",
    action: "Bench",
    note: "Everything is allowed in dev",
    regarding: {
      apiVersion: "agentsafe.dev/v1alpha1",
      kind: "ActionRequest",
      name: metadata.name,
      namespace,
      uid: metadata.uid,
    },
  };
}

function middle(loads: readonly Load[]): Load {
  const sorted = [...loads].sort((a, b) => a.perSecond - b.perSecond);
  const load = sorted[Math.floor(sorted.length / 2)];
  if (load === undefined) throw new Error("nothing was measured");
  return load;
}

function clientOf(kubeconfig: string): KubeClient {
  return createClient(createTransport({ kubeconfig, userAgent: "agent-safe-bench" }));
}
