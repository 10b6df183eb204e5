import { type Json, type JsonObject, listOf, objectOf } from "./json.ts";

/** The kinds that the guard compares. */
export type GuardedKind =
  | "ValidatingAdmissionPolicy"
  | "ValidatingAdmissionPolicyBinding"
  | "MutatingWebhookConfiguration"
  | "ValidatingWebhookConfiguration"
  | "CustomResourceDefinition";

/**
 * The part of an object on which safety rests, with the API server's defaults filled in, so that what was shipped and what is live
 * can be compared. Everything that is not known to be harmless is kept: a field that a later Kubernetes adds is a difference.
 */
export function guardedPart(kind: GuardedKind, object: JsonObject): JsonObject {
  switch (kind) {
    case "ValidatingAdmissionPolicy":
      return { spec: policySpec(objectOf(object.spec)) };
    case "ValidatingAdmissionPolicyBinding":
      return { spec: bindingSpec(objectOf(object.spec)) };
    case "MutatingWebhookConfiguration":
      return {
        webhooks: listOf(object.webhooks).map((hook) => webhook(objectOf(hook), { reinvocationPolicy: "Never" })),
      };
    case "ValidatingWebhookConfiguration":
      return { webhooks: listOf(object.webhooks).map((hook) => webhook(objectOf(hook), {})) };
    case "CustomResourceDefinition":
      return { spec: definitionSpec(objectOf(object.spec)) };
  }
}

function policySpec(spec: JsonObject): JsonObject {
  return { failurePolicy: "Fail", ...spec, matchConstraints: matchResources(objectOf(spec.matchConstraints)) };
}

function bindingSpec(spec: JsonObject): JsonObject {
  const narrowed = spec.matchResources;
  return narrowed === undefined ? spec : { ...spec, matchResources: matchResources(objectOf(narrowed)) };
}

function matchResources(match: JsonObject): JsonObject {
  return {
    matchPolicy: "Equivalent",
    namespaceSelector: {},
    objectSelector: {},
    ...match,
    ...rulesOf(match, "resourceRules"),
    ...rulesOf(match, "excludeResourceRules"),
  };
}

function rulesOf(from: JsonObject, key: string): JsonObject {
  return from[key] === undefined ? {} : { [key]: listOf(from[key]).map((rule) => ({ scope: "*", ...objectOf(rule) })) };
}

/** Where a webhook is and by whose certificate it is known differs from cluster to cluster, and no safety rests on it. */
function webhook(hook: JsonObject, defaults: JsonObject): JsonObject {
  const { clientConfig: _, ...rest } = hook;
  return {
    failurePolicy: "Fail",
    matchPolicy: "Equivalent",
    namespaceSelector: {},
    objectSelector: {},
    timeoutSeconds: 10,
    ...defaults,
    ...rest,
    ...rulesOf(hook, "rules"),
  };
}

/** Names for people (columns, short names, descriptions) are left out. */
function definitionSpec(spec: JsonObject): JsonObject {
  const { plural, kind } = objectOf(spec.names);
  return {
    group: spec.group,
    scope: spec.scope,
    names: { plural, kind },
    preserveUnknownFields: spec.preserveUnknownFields === true,
    conversion: { strategy: "None", ...objectOf(spec.conversion) },
    versions: listOf(spec.versions).map((version) => {
      const { additionalPrinterColumns: _, schema, ...rest } = objectOf(version);
      return { ...rest, schema: withoutDescriptions(objectOf(schema).openAPIV3Schema) };
    }),
  };
}

/** Keys of a schema whose values are schemas by name: there, `description` is a property's name and not text. */
const namedSchemas = new Set(["properties", "patternProperties", "definitions"]);

function withoutDescriptions(schema: Json | undefined): Json | undefined {
  if (Array.isArray(schema)) return schema.map((item) => withoutDescriptions(item) ?? null);
  if (schema === null || typeof schema !== "object") return schema;
  const kept: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === "description" || key === "title") continue;
    if (key === "default" || key === "enum" || key === "example") kept[key] = value;
    else if (namedSchemas.has(key)) {
      kept[key] = Object.fromEntries(
        Object.entries(objectOf(value)).map(([name, child]) => [name, withoutDescriptions(child)]),
      );
    } else kept[key] = withoutDescriptions(value);
  }
  return kept;
}
