import type { TargetSpec } from "../../controller/api/types.ts";
import type { PythonTarget } from "./shapes.ts";

const KUBERNETES: Readonly<Record<string, readonly [apiVersion: string, kind: string, namespaced: boolean]>> = {
  "k8s-deployment": ["apps/v1", "Deployment", true],
  "k8s-pod": ["v1", "Pod", true],
  "k8s-configmap": ["v1", "ConfigMap", true],
  "k8s-secret": ["v1", "Secret", true],
  "k8s-hpa": ["autoscaling/v2", "HorizontalPodAutoscaler", true],
  "k8s-node": ["v1", "Node", false],
  "k8s-namespace": ["v1", "Namespace", false],
};

/** ARNs by type of target, with a place for the name. */
const AWS: Readonly<Record<string, (name: string) => string>> = {
  "aws-ec2-instance": (name) => `arn:aws:ec2:::instance/${name}`,
  "aws-ecs-service": (name) => `arn:aws:ecs:::service/${name}`,
  "aws-ecs-task": (name) => `arn:aws:ecs:::task/${name}`,
  "aws-lambda-function": (name) => `arn:aws:lambda:::function:${name}`,
  "aws-iam-role": (name) => `arn:aws:iam:::role/${name}`,
  "aws-s3-bucket": (name) => `arn:aws:s3:::${name}`,
};

/** The resource that a target's id and type suggest, `<namespace>/<name>`. A proposal: nothing in the inventory says so. */
export function guessResource(target: PythonTarget): TargetSpec["resource"] | undefined {
  const slash = target.id.lastIndexOf("/");
  const name = target.id.slice(slash + 1);
  if (!/^[A-Za-z0-9]([A-Za-z0-9.:_-]*[A-Za-z0-9])?$/.test(name)) return undefined;
  const aws = AWS[target.type];
  if (aws) return { aws: { arn: aws(name) } };
  const [apiVersion, kind, namespaced] = KUBERNETES[target.type] ?? [];
  if (apiVersion === undefined || kind === undefined) return undefined;
  if (!namespaced) return { kubernetes: { apiVersion, kind, name } };
  const namespace = target.id.slice(0, Math.max(slash, 0));
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace)
    ? { kubernetes: { apiVersion, kind, namespace, name } }
    : undefined;
}
