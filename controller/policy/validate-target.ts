import { SENTINEL_TARGET_ID, SENTINEL_TARGET_TYPE } from "../api/names.ts";
import type { Target } from "../api/types.ts";
import { containerKey } from "./container.ts";
import { type FieldError, fieldError, show } from "./field-error.ts";
import { awsIdentity } from "./resource.ts";

/** Kinds that have no namespace; a Target of one that names a namespace is a mistake. */
const CLUSTER_KINDS = new Set([
  "Namespace",
  "Node",
  "PersistentVolume",
  "ClusterRole",
  "ClusterRoleBinding",
  "StorageClass",
]);

/** Type that a Target of a Kubernetes kind should have, where the catalog has one. */
const TYPE_OF_KIND: Readonly<Record<string, string>> = {
  Deployment: "k8s-deployment",
  Pod: "k8s-pod",
  Node: "k8s-node",
  Namespace: "k8s-namespace",
  ConfigMap: "k8s-configmap",
  Secret: "k8s-secret",
  HorizontalPodAutoscaler: "k8s-hpa",
};

/** Checks what a Target means: its resource can be identified, and what it says fits together. All errors at once. */
export function validateTarget(target: Target): FieldError[] {
  const { spec } = target;
  const errors: FieldError[] = [];
  const sentinel = spec.type === SENTINEL_TARGET_TYPE;
  if (sentinel !== (spec.id === SENTINEL_TARGET_ID)) {
    errors.push(
      fieldError(
        "spec.id",
        "Reserved",
        `the type ${SENTINEL_TARGET_TYPE} and the id ${SENTINEL_TARGET_ID} belong together and are the product's own`,
      ),
    );
  }
  const { kubernetes, aws } = spec.resource ?? {};
  if (!sentinel && !kubernetes && !aws) {
    errors.push(
      fieldError("spec.resource", "Required", "without it nothing ties a request's parameters to the target"),
    );
  }
  if (kubernetes) {
    const { kind, namespace, apiVersion } = kubernetes;
    if (CLUSTER_KINDS.has(kind) && namespace !== undefined) {
      errors.push(
        fieldError(
          "spec.resource.kubernetes.namespace",
          "NotNamespaced",
          `${show(namespace)} is given, but a ${kind} is in no namespace`,
        ),
      );
    }
    const wanted = TYPE_OF_KIND[kind];
    if (wanted !== undefined && spec.type.startsWith("k8s-") && spec.type !== wanted) {
      errors.push(
        fieldError(
          "spec.type",
          "TypeMismatch",
          `${show(spec.type)} does not fit a resource of kind ${kind}`,
          `use ${wanted}`,
        ),
      );
    }
    if (!/^([a-z0-9.-]+\/)?v[0-9]+((alpha|beta)[0-9]+)?$/.test(apiVersion)) {
      errors.push(
        fieldError(
          "spec.resource.kubernetes.apiVersion",
          "BadApiVersion",
          `${show(apiVersion)} is not an API version such as apps/v1`,
        ),
      );
    }
  }
  if (aws) {
    if (!awsIdentity(aws)) {
      errors.push(
        fieldError(
          "spec.resource.aws.arn",
          "BadArn",
          `${show(aws.arn)} is not arn:partition:service:region:account:resource`,
        ),
      );
    }
    for (const field of ["arn", "id"] as const) {
      if (/[*?]/.test(aws[field] ?? ""))
        errors.push(
          fieldError(
            `spec.resource.aws.${field}`,
            "Wildcard",
            `${show(aws[field])} holds a wildcard; a target is one thing`,
          ),
        );
    }
  }
  if (spec.contents === "registered" && (containerKey(spec) ?? "/unknown").endsWith("/unknown")) {
    errors.push(fieldError("spec.contents", "NotAContainer", "only a namespace, node, cluster or bucket has contents"));
  }
  return errors;
}
