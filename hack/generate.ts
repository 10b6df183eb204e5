// Generates controller/api/generated/ from crds/. With --check it writes nothing and fails when that folder has drifted.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readCrds } from "./generate/crd.ts";
import { renderSchemas } from "./generate/schemas.ts";
import { renderTypes } from "./generate/types.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(root, "controller/api/generated");

const wanted = new Map<string, string>();
const crds = readCrds(join(root, "crds"));
for (const crd of crds) wanted.set(`${crd.kind.toLowerCase()}.ts`, await renderTypes(crd));
wanted.set("schemas.ts", renderSchemas(crds));

mkdirSync(folder, { recursive: true });
const present = readdirSync(folder);
const drifted = [
  ...present.filter((file) => !wanted.has(file)),
  ...[...wanted].filter(([file, text]) => !present.includes(file) || read(file) !== text).map(([file]) => file),
];

if (process.argv.includes("--check")) {
  for (const file of drifted)
    console.error(`controller/api/generated/${file} does not fit crds/: run npm run generate`);
  process.exitCode = drifted.length > 0 ? 1 : 0;
} else {
  for (const file of drifted) {
    const text = wanted.get(file);
    if (text === undefined) rmSync(join(folder, file));
    else writeFileSync(join(folder, file), text);
    console.log(`${text === undefined ? "removed" : "wrote"} controller/api/generated/${file}`);
  }
}

function read(file: string): string {
  return readFileSync(join(folder, file), "utf8");
}
