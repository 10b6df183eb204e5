import type { TargetSpec } from "../api/types.ts";
import { awsIdentity } from "./resource.ts";

/** Kinds whose pods can be on any node of their environment. */
const WORKLOAD_KINDS = new Set([
  "Pod",
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "ReplicaSet",
  "ReplicationController",
  "Job",
  "CronJob",
]);

/**
 * The container that a Target is, or undefined: a namespace, a node, a whole cluster, a bucket. What is done to one is done
 * to all that is in it. Decided by resource and by type, so that a wrong type can't hide one.
 */
export function containerKey(spec: TargetSpec): string | undefined {
  const { kubernetes, aws } = spec.resource ?? {};
  if (kubernetes) {
    if (kubernetes.kind === "Namespace") return `namespace/${kubernetes.name}`;
    if (kubernetes.kind === "Node") return `node/${spec.environment}`;
    if (kubernetes.kind === "Cluster") return "cluster";
  }
  const a = aws && awsIdentity(aws);
  if (a) {
    if (a.service === "s3" && !a.id.includes("/")) return `bucket/${a.id}`;
    if (a.service === "ecs" && a.type === "cluster") return `ecs/${a.region}/${a.account}/${a.id}`;
    if (a.service === "eks" && a.type === "cluster") return "cluster";
  }
  // Whatever it calls itself, without a resource that says which: a container with contents nobody knows
  if (/(^|-)(namespace|node|cluster|bucket)$/.test(spec.type)) return `${spec.type}/unknown`;
  return undefined;
}

/**
 * The containers that a Target is registered in. Which node a pod is on changes by the minute, so a node holds every
 * workload of its environment.
 */
export function containersOf(spec: TargetSpec): string[] {
  const { kubernetes, aws } = spec.resource ?? {};
  if (kubernetes) {
    const keys = kubernetes.kind === "Cluster" ? [] : ["cluster"];
    if (kubernetes.namespace) keys.push(`namespace/${kubernetes.namespace}`);
    if (WORKLOAD_KINDS.has(kubernetes.kind)) keys.push(`node/${spec.environment}`);
    return keys;
  }
  const a = aws && awsIdentity(aws);
  if (!a) return [];
  const slash = a.id.indexOf("/");
  if (slash < 0) return [];
  const first = a.id.slice(0, slash);
  if (a.service === "s3") return [`bucket/${first}`];
  if (a.service === "ecs" && a.type !== "cluster") return [`ecs/${a.region}/${a.account}/${first}`];
  return [];
}
