import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A file of a new project. */
export interface ScaffoldFile {
  /** Relative to the project's folder, with forward slashes. */
  path: string;
  content: string;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
/** Taken from the catalog as they are, so that a new project begins with actions that are known to work. */
const FROM_CATALOG: readonly (readonly [path: string, from: string])[] = [
  ...["get-configmap", "restart-deployment", "scale-deployment", "delete-namespace"].map(
    (name) => [`actions/${name}.yaml`, `kubernetes/${name}.yaml`] as const,
  ),
  ["providers/kubernetes.yaml", "providers/kubernetes.yaml"],
];

/** The files of a new project, sorted: actions, policies, targets, agents, limits, tests, settings. None holds a secret. */
export async function scaffold(): Promise<ScaffoldFile[]> {
  const own = join(root, "config", "scaffold");
  const entries = await readdir(own, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const written = files.map(async (file): Promise<ScaffoldFile> => {
    const path = file.slice(own.length + 1).replaceAll("\\", "/");
    // npm leaves files of that name out of packages
    return { path: path === "gitignore" ? ".gitignore" : path, content: await readFile(file, "utf8") };
  });
  const taken = FROM_CATALOG.map(async ([path, from]): Promise<ScaffoldFile> => {
    return { path, content: await readFile(join(root, "catalog", from), "utf8") };
  });
  return (await Promise.all([...written, ...taken])).sort((a, b) => (a.path < b.path ? -1 : 1));
}
