/**
 * The npm package in `dist/`: JavaScript and types of what users run and import, with the CRDs, catalog and configuration beside it.
 * Node does not strip types inside node_modules, so a published package can't be the checkout itself.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = `${root}dist`;

interface Package {
  bin: Record<string, string>;
  exports: Record<string, string>;
  types: string;
  [field: string]: unknown;
}

const emitted = (path: string) => path.replace(/\.ts$/, ".js");

rmSync(dist, { recursive: true, force: true });
const run = spawnSync(`${root}node_modules/.bin/tsc`, ["-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
if (run.status !== 0) process.exit(run.status ?? 1);
for (const part of ["crds", "catalog", "config", "README.md", "LICENSE", "CHANGELOG.md"]) {
  cpSync(`${root}${part}`, `${dist}/${part}`, { recursive: true });
}

const { scripts: _, devDependencies: __, ...kept } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as Package;
const published = {
  ...kept,
  bin: Object.fromEntries(Object.entries(kept.bin).map(([name, path]) => [name, emitted(path)])),
  exports: Object.fromEntries(Object.entries(kept.exports).map(([name, path]) => [name, emitted(path)])),
  types: kept.types.replace(/\.ts$/, ".d.ts"),
};
writeFileSync(`${dist}/package.json`, `${JSON.stringify(published, null, 2)}\n`);
for (const path of Object.values(published.bin)) chmodSync(`${dist}/${path}`, 0o755);
process.stdout.write("built dist/: npm publish ./dist\n");
