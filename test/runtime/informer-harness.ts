import type { ExecutionContext } from "ava";
import {
  createClient,
  createInformer,
  createMetrics,
  createTransport,
  type Informer,
  type InformerOptions,
  type KubeObject,
  type Metrics,
  type Resource,
} from "../../controller/runtime/index.ts";
import { type ScriptedServer, startScriptedServer } from "./scripted-server.ts";

export const configMaps: Resource = { group: "", version: "v1", plural: "configmaps", namespaced: true };

/** An informer on a scripted server, with what its handlers were told. */
export interface Harness {
  api: ScriptedServer;
  informer: Informer<KubeObject>;
  metrics: Metrics;
  /** Such as `add a@1`, `update a@2`, `delete a@3`, `rewind`. */
  told: string[];
  stop(): Promise<void>;
  start(): void;
  value(metric: string): Promise<number>;
}

function show(object: KubeObject): string {
  return `${object.metadata.name}@${object.metadata.resourceVersion}`;
}

/** Fast timings: what takes seconds in production takes milliseconds here. */
export async function harness(
  t: ExecutionContext,
  options: Partial<InformerOptions<KubeObject>> = {},
): Promise<Harness> {
  const api = await startScriptedServer();
  const transport = createTransport({ access: api.access, userAgent: "test", timeoutMs: 5_000 });
  const metrics = createMetrics({ defaults: false });
  const told: string[] = [];
  const informer = createInformer<KubeObject>({
    client: createClient(transport),
    resource: configMaps,
    namespace: "default",
    metrics: metrics.informer,
    ...options,
    timings: { backoffBaseMs: 10, backoffMaxMs: 50, minWatchMs: 20, ...options.timings },
  });
  informer.on({
    add: (object) => void told.push(`add ${show(object)}`),
    update: (object) => void told.push(`update ${show(object)}`),
    delete: (object) => void told.push(`delete ${show(object)}`),
    rewind: () => void told.push("rewind"),
  });
  const controller = new AbortController();
  let running: Promise<void> | undefined;
  async function stop(): Promise<void> {
    controller.abort();
    await running;
  }
  t.teardown(async () => {
    await stop();
    await transport.close();
    await api.close();
  });
  return {
    api,
    informer,
    metrics,
    told,
    stop,
    start() {
      running = informer.start(controller.signal);
    },
    async value(metric) {
      const found = await metrics.registry.getSingleMetric(`agentsafe_informer_${metric}`)?.get();
      return (found?.values ?? []).reduce((sum, entry) => sum + entry.value, 0);
    },
  };
}
