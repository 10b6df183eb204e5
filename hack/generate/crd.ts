import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { CrdSchema } from "../../controller/api/schema.ts";

/** A CRD of the project, with its one served version. */
export interface Crd {
  file: string;
  kind: string;
  plural: string;
  group: string;
  version: string;
  namespaced: boolean;
  schema: CrdSchema;
}

interface CrdDocument {
  spec: {
    group: string;
    scope: string;
    names: { kind: string; plural: string };
    versions: { name: string; schema: { openAPIV3Schema: CrdSchema } }[];
  };
}

/** Reads all CRDs of a folder, ordered by kind. Throws when one does not have exactly one version. */
export function readCrds(folder: string): Crd[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
  const crds = files.map((file) => {
    const { spec } = parse(readFileSync(join(folder, file), "utf8")) as CrdDocument;
    const [version, ...others] = spec.versions;
    if (!version || others.length > 0) throw new Error(`${file}: a CRD must have exactly one version`);
    return {
      file,
      kind: spec.names.kind,
      plural: spec.names.plural,
      group: spec.group,
      version: version.name,
      namespaced: spec.scope === "Namespaced",
      schema: version.schema.openAPIV3Schema,
    };
  });
  return crds.sort((a, b) => (a.kind < b.kind ? -1 : 1));
}
