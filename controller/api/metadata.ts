import { nearest } from "./near-names.ts";
import { type SchemaError, show } from "./schema-error.ts";

/** Fields of the metadata of any object. */
const fields = new Set([
  "name",
  "generateName",
  "namespace",
  "selfLink",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "labels",
  "annotations",
  "ownerReferences",
  "finalizers",
  "managedFields",
]);

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomain = new RegExp(`^${label}(\\.${label})*$`);
const namespaceName = new RegExp(`^${label}$`);
/** What the API server adds to a `generateName`. */
const generatedSuffix = 5;
const qualified = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
/** Most bytes of all annotations, keys and values together. */
const maxAnnotations = 256 * 1024;

/** What the API server would refuse in the metadata of a new object, as far as it is a map. */
export function checkMetadata(metadata: unknown, namespaced: boolean): SchemaError[] {
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) return [];
  const given = metadata as Record<string, unknown>;
  return [
    ...unknownFields(given),
    ...checkName(given),
    ...checkNamespace(given.namespace, namespaced),
    ...checkKeys("metadata.labels", given.labels),
    ...checkLabelValues(given.labels),
    ...checkKeys("metadata.annotations", given.annotations),
    ...checkSize(given.annotations),
  ];
}

function unknownFields(metadata: Record<string, unknown>): SchemaError[] {
  return Object.keys(metadata)
    .filter((name) => !fields.has(name))
    .map((name) => {
      const hint = nearest(name, fields);
      const message = `is not a field of metadata${hint === undefined ? "" : `; did you mean ${hint}?`}`;
      return { path: `metadata.${name}`, code: "unknown", message, ...(hint === undefined ? {} : { hint }) };
    });
}

function checkName({ name, generateName }: Record<string, unknown>): SchemaError[] {
  const right = "must be lower-case letters, digits, '-' and '.', with a letter or digit at both ends of each part";
  const errors: SchemaError[] = [];
  if (typeof name === "string" && name !== "" && (name.length > 253 || !subdomain.test(name)))
    errors.push({ path: "metadata.name", code: "pattern", message: `${right}, at most 253, not ${show(name)}` });
  if (typeof generateName === "string" && generateName !== "") {
    // The random end makes up for a last '-' or '.'.
    if (generateName.length + generatedSuffix > 253 + generatedSuffix || !subdomain.test(`${generateName}a`))
      errors.push({ path: "metadata.generateName", code: "pattern", message: `${right}, not ${show(generateName)}` });
  }
  return errors;
}

function checkNamespace(namespace: unknown, namespaced: boolean): SchemaError[] {
  if (typeof namespace !== "string" || namespace === "") return [];
  const path = "metadata.namespace";
  if (!namespaced) return [{ path, code: "unknown", message: "can't be given: this kind is in no namespace" }];
  if (namespace.length <= 63 && namespaceName.test(namespace)) return [];
  return [{ path, code: "pattern", message: `must be lower-case letters, digits and '-', not ${show(namespace)}` }];
}

/** A key is a name of at most 63 characters, which may follow a DNS subdomain and a slash. */
function isKey(key: string): boolean {
  const parts = key.split("/");
  const [prefix, name = ""] = parts.length === 2 ? parts : [undefined, key];
  if (parts.length > 2 || name.length > 63 || !qualified.test(name)) return false;
  return prefix === undefined || (prefix.length <= 253 && subdomain.test(prefix));
}

function checkKeys(path: string, map: unknown): SchemaError[] {
  return (
    entriesOf(map)
      // The API server looks at the keys of annotations in lower case.
      .filter(([key]) => !isKey(path === "metadata.annotations" ? key.toLowerCase() : key))
      .map(([key]) => ({
        path,
        code: "pattern",
        message: `${show(key)} is no key: write a name of at most 63 letters, digits, '-', '_' and '.', or a domain, a '/' and such a name`,
      }))
  );
}

function checkLabelValues(labels: unknown): SchemaError[] {
  return entriesOf(labels)
    .filter(([, value]) => typeof value === "string" && value !== "" && (value.length > 63 || !qualified.test(value)))
    .map(([key, value]) => ({
      path: `metadata.labels.${key}`,
      code: "pattern",
      message: `must be at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends, not ${show(value)}`,
    }));
}

function checkSize(annotations: unknown): SchemaError[] {
  const bytes = entriesOf(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(typeof value === "string" ? value : ""),
    0,
  );
  if (bytes <= maxAnnotations) return [];
  const message = `must have at most ${maxAnnotations} bytes in all, not ${bytes}`;
  return [{ path: "metadata.annotations", code: "bounds", message }];
}

function entriesOf(map: unknown): [string, unknown][] {
  return typeof map === "object" && map !== null && !Array.isArray(map) ? Object.entries(map) : [];
}
