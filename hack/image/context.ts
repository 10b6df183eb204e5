import { cpSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { ImageError } from "./errors.ts";
import { run } from "./run.ts";

/** What the image holds of the checkout. Sources run as they are: Node strips their types. */
const CONTENT = ["controller", "webhook", "cli", "crds", "catalog", "config", "package.json", "LICENSE"];

/** Puts the build context into `target`: Dockerfile, sources, production dependencies as installed, Node as `bin/node`. */
export async function assembleContext(root: string, target: string): Promise<void> {
  for (const name of [...CONTENT, "Dockerfile"])
    if (existsSync(join(root, name))) cpSync(join(root, name), join(target, name), { recursive: true });
  for (const path of await productionPackages(root)) {
    // Without what only the building of native modules leaves behind.
    const unneeded = (source: string) => !/\/(node_modules|build\/Release\/obj(\.target)?|deps)$/.test(source);
    const place = join(target, relative(root, path));
    mkdirSync(dirname(place), { recursive: true });
    cpSync(path, place, { recursive: true, filter: (source) => source === path || unneeded(source) });
  }
  mkdirSync(join(target, "bin"));
  cpSync(nodeProgram(root), join(target, "bin", "node"), { dereference: true });
}

async function productionPackages(root: string): Promise<string[]> {
  const paths = (await run("npm", ["ls", "--omit=dev", "--all", "--parseable"], { cwd: root }))
    .split("\n")
    .filter((path) => path.includes("/node_modules/"));
  if (paths.length === 0) throw new ImageError("COMMAND_FAILED", "no dependencies are installed; run npm ci");
  return paths;
}

/** The Node of the `node` package, else the one that runs this. */
function nodeProgram(root: string): string {
  const packaged = join(root, "node_modules", "node", "bin", "node");
  return existsSync(packaged) ? packaged : process.execPath;
}
