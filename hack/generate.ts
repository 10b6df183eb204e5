// Generates controller/api/generated/ and the tables of docs/kinds/ from crds/. With --check it writes nothing and fails when one of them has drifted.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readCrds } from "./generate/crd.ts";
import { renderPages } from "./generate/fields.ts";
import { renderSchemas } from "./generate/schemas.ts";
import { renderShared, renderTypes } from "./generate/types.ts";

process.chdir(join(dirname(fileURLToPath(import.meta.url)), ".."));
const types = "controller/api/generated";
const pages = "docs/kinds";
mkdirSync(types, { recursive: true });
mkdirSync(pages, { recursive: true });

const crds = readCrds("crds");
const wanted = renderPages(crds, pages);
const shared = await renderShared(crds);
wanted.set(`${types}/shared.ts`, shared.text);
for (const crd of crds) wanted.set(`${types}/${crd.kind.toLowerCase()}.ts`, await renderTypes(crd, shared.titles));
wanted.set(`${types}/schemas.ts`, renderSchemas(crds));

const left = readdirSync(types)
  .map((file) => `${types}/${file}`)
  .filter((file) => !wanted.has(file));
const changed = [...wanted].filter(([file, text]) => !existsSync(file) || readFileSync(file, "utf8") !== text);

if (process.argv.includes("--check")) {
  for (const file of [...left, ...changed.map(([name]) => name)])
    console.error(`${file} does not fit crds/: run npm run generate`);
  process.exitCode = left.length + changed.length > 0 ? 1 : 0;
} else {
  for (const file of left) rmSync(file);
  for (const [file, text] of changed) {
    writeFileSync(file, text);
    console.log(`wrote ${file}`);
  }
}
