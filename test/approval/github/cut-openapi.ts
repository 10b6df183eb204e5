// Cuts GitHub's published OpenAPI description down to the operations that the adapter calls, since the whole has 13 MB:
//   npm install --no-save @octokit/openapi && node test/approval/github/cut-openapi.ts
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { operations } from "./operations.ts";

type Json = { [key: string]: unknown };

const require = createRequire(import.meta.url);
const manifest = require.resolve("@octokit/openapi/package.json");
const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
const whole = JSON.parse(readFileSync(manifest.replace("package.json", "generated/api.github.com.json"), "utf8")) as {
  info: Json;
  paths: Record<string, Json>;
  components: Record<string, Json>;
};

const paths: Record<string, Json> = {};
const components: Record<string, Json> = {};

/** A copy without prose and examples; takes along what is referred to. */
function copy(value: unknown, named = false): unknown {
  if (Array.isArray(value)) return value.map((item) => copy(item));
  if (typeof value !== "object" || value === null) return value;
  const result: Json = {};
  for (const [key, item] of Object.entries(value)) {
    const prose = ["description", "example", "examples", "externalDocs", "x-github", "summary", "tags"].includes(key);
    if (prose && !named) continue;
    if (key === "$ref" && typeof item === "string") take(item);
    result[key] = copy(item, key === "properties");
  }
  return result;
}

function take(ref: string): void {
  const [, , kind = "", name = ""] = ref.split("/");
  const group = components[kind] ?? {};
  components[kind] = group;
  if (name in group) return;
  group[name] = {};
  group[name] = copy(whole.components[kind]?.[name]);
}

for (const route of operations) {
  const [method = "", path = ""] = route.split(" ");
  const operation = whole.paths[path]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`${route} is not described`);
  paths[path] = { ...paths[path], [method.toLowerCase()]: copy(operation) };
}
const info = { ...whole.info, "x-source": `@octokit/openapi ${version}` };
const file = new URL("openapi.json", import.meta.url);
writeFileSync(file, `${JSON.stringify({ openapi: "3.0.3", info, paths, components })}\n`);
