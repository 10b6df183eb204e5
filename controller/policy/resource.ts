import type { AwsResource, KubernetesResource, TargetSpec } from "../api/types.ts";

/** Group of an apiVersion; the core group is "". Versions are not part of an object's identity. */
function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** An AWS resource in one form, whichever of its two it was written in. */
export interface AwsIdentity {
  service: string;
  region: string;
  account: string;
  /** Id without its leading type, such as `i-0abc` of `instance/i-0abc`. */
  id: string;
  /** The leading type, such as `instance`; "" when there is none. */
  type: string;
}

/** Services whose names are global, so that region and account in them say nothing. */
const GLOBAL_SERVICES = new Set(["s3", "iam"]);
const ID_TYPES = /^(instance|service|task|cluster|function|role|user|policy|volume|bucket)[/:]/;

/** Reads an ARN or its parts; undefined when the ARN is malformed. */
export function awsIdentity(aws: AwsResource): AwsIdentity | undefined {
  let { service, region, account, id } = aws;
  if (aws.arn !== undefined) {
    const parts = aws.arn.split(":");
    if (parts.length < 6 || parts[0] !== "arn") return undefined;
    service = parts[2];
    region = parts[3];
    account = parts[4];
    id = parts.slice(5).join(":");
  }
  if (!service || !id) return undefined;
  const type = service === "s3" ? "" : (ID_TYPES.exec(id)?.[1] ?? "");
  const global = GLOBAL_SERVICES.has(service);
  return {
    service,
    region: global ? "" : (region ?? ""),
    account: service === "s3" ? "" : (account ?? ""),
    id: type ? id.slice(type.length + 1) : id,
    type,
  };
}

function kubernetesKey(k: KubernetesResource): string {
  return `k8s|${groupOf(k.apiVersion)}|${k.kind}|${k.namespace ?? ""}|${k.name}`;
}

/** What makes two Targets the same thing; undefined without a (sound) resource. */
export function resourceKey(spec: TargetSpec): string | undefined {
  const { kubernetes, aws } = spec.resource ?? {};
  if (kubernetes) return kubernetesKey(kubernetes);
  if (!aws) return undefined;
  const a = awsIdentity(aws);
  return a && `aws|${a.service}|${a.region}|${a.account}|${a.id}`;
}

/**
 * What `target.<path>` means in bindings and templates: `id`, `type`, `environment`, `sensitivity`, `owner`, `labels.<key>`;
 * of a Kubernetes object `apiVersion`, `kind`, `namespace`, `name`; of an AWS resource `arn`, `service`, `region`, `account`,
 * `resourceId` and `name` (the last part of it). The path is without the leading `target.`. Undefined when there is none.
 */
export function targetAttribute(id: string, spec: TargetSpec, path: string): string | undefined {
  if (path.startsWith("labels.")) {
    const key = path.slice("labels.".length);
    return spec.labels && Object.hasOwn(spec.labels, key) ? spec.labels[key] : undefined;
  }
  switch (path) {
    case "id":
      return id;
    case "type":
    case "environment":
    case "sensitivity":
    case "owner":
      return spec[path];
    default:
      return resourceAttribute(spec, path);
  }
}

function resourceAttribute(spec: TargetSpec, path: string): string | undefined {
  const { kubernetes, aws } = spec.resource ?? {};
  if (kubernetes) {
    if (path === "apiVersion" || path === "kind" || path === "namespace" || path === "name") return kubernetes[path];
    return undefined;
  }
  const a = aws && awsIdentity(aws);
  if (!a) return undefined;
  if (path === "arn") return aws.arn;
  if (path === "service") return a.service;
  if (path === "region") return aws.arn === undefined ? aws.region : aws.arn.split(":")[3] || undefined;
  if (path === "account") return aws.arn === undefined ? aws.account : aws.arn.split(":")[4] || undefined;
  if (path === "resourceId") return a.id;
  if (path === "cluster")
    return a.service === "ecs" && a.id.includes("/") ? a.id.slice(0, a.id.indexOf("/")) : undefined;
  if (path === "name") return a.id.slice(a.id.lastIndexOf("/") + 1);
  return undefined;
}

/** Names that `target.` may be followed by (labels apart). */
export const TARGET_ATTRIBUTES: readonly string[] = [
  "id",
  "type",
  "environment",
  "sensitivity",
  "owner",
  "apiVersion",
  "kind",
  "namespace",
  "name",
  "arn",
  "service",
  "region",
  "account",
  "resourceId",
  "cluster",
];
