import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { Kind } from "../../controller/api/constants.ts";
import { applyDefaults } from "../../controller/api/defaults.ts";

/** All objects of one of our kinds below a folder, with the defaults that the API server fills in. */
export function manifests<T extends { kind: Kind }>(folder: string, kind: T["kind"]): T[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".yaml"));
  return files
    .toSorted()
    .flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), "utf8")).map((document) => document.toJS()))
    .filter((object) => object?.kind === kind && object.apiVersion === "agentsafe.dev/v1alpha1")
    .map((object) => applyDefaults(kind, object as T));
}
