import { KubeError } from "./errors.ts";
import type { Ref, Resource } from "./types.ts";

/** A name that would change the path it is put in, such as `..` or `a/b`, is refused rather than escaped. */
function segment(value: string, what: string): string {
  if (value === "" || value === "." || value === ".." || /[/%?#\\\s]/.test(value)) {
    throw new KubeError({ code: "CONFIG", message: `${JSON.stringify(value)} is not usable as ${what}` });
  }
  return encodeURIComponent(value);
}

/** The path of a collection: all namespaces when `namespace` is left out. */
export function resourcePath(resource: Resource, namespace?: string): string {
  const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  if (!namespace) return `${root}/${resource.plural}`;
  if (!resource.namespaced) {
    throw new KubeError({
      code: "CONFIG",
      message: `${resource.plural} have no namespace, but ${namespace} was given`,
    });
  }
  return `${root}/namespaces/${segment(namespace, "a namespace")}/${resource.plural}`;
}

/** The path of one object or of its subresource. */
export function objectPath(resource: Resource, ref: Ref, subresource?: string): string {
  if (resource.namespaced && !ref.namespace) {
    throw new KubeError({
      code: "CONFIG",
      message: `${resource.plural} ${JSON.stringify(ref.name)} needs a namespace`,
    });
  }
  const path = `${resourcePath(resource, ref.namespace)}/${segment(ref.name, "a name")}`;
  return subresource ? `${path}/${subresource}` : path;
}

/** A query string with its question mark (or ampersand), leaving out undefined values; "" when nothing is left. */
export function queryOf(values: Record<string, string | number | boolean | undefined>, append = false): string {
  let out = "";
  for (const name of Object.keys(values)) {
    const value = values[name];
    if (value === undefined || value === "") continue;
    out += `${out === "" && !append ? "?" : "&"}${name}=${encodeURIComponent(value)}`;
  }
  return out;
}
