import { readFileSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";

/** An import that crosses a border it may not cross. */
export interface EdgeViolation {
  file: string;
  imports: string;
  rule: string;
}

/** What each part may import besides itself. The first prefix that matches a file decides; order is from narrow to wide. */
const allowed: ReadonlyArray<readonly [part: string, may: readonly string[]]> = [
  ["controller/api/", []],
  ["controller/policy/", ["controller/api/"]],
  ["controller/identity/", ["controller/api/", "controller/policy/"]],
  ["controller/analysis/", ["controller/api/", "controller/policy/"]],
  ["controller/limits/", ["controller/api/", "controller/policy/", "controller/identity/"]],
  ["controller/runtime/", ["controller/api/"]],
  ["controller/tickets/", ["controller/api/", "controller/runtime/"]],
  ["controller/credentials/", ["controller/api/", "controller/policy/", "controller/identity/", "controller/runtime/"]],
  [
    "controller/execution/",
    [
      "controller/api/",
      "controller/policy/",
      "controller/identity/",
      "controller/runtime/",
      "controller/credentials/",
      "controller/tickets/verify",
    ],
  ],
  [
    "controller/audit/",
    ["controller/api/", "controller/policy/", "controller/identity/", "controller/limits/", "controller/runtime/"],
  ],
  ["controller/approval/", ["controller/api/", "controller/policy/", "controller/identity/", "controller/runtime/"]],
  ["controller/guard/", ["controller/api/", "controller/policy/", "controller/identity/", "controller/runtime/"]],
  [
    "controller/reconcilers/",
    [
      "controller/api/",
      "controller/policy/",
      "controller/identity/",
      "controller/limits/",
      "controller/runtime/",
      "controller/tickets/",
      "controller/credentials/",
      "controller/execution/",
      "controller/approval/",
      "controller/audit/",
      "controller/guard/",
    ],
  ],
  ["controller/", ["controller/", "webhook/"]],
  ["webhook/", ["controller/api/", "controller/policy/", "controller/identity/", "controller/runtime/"]],
  [
    "sdk/",
    [
      "controller/api/",
      "controller/policy/",
      "controller/analysis/",
      "controller/identity/",
      "controller/limits/",
      "controller/runtime/",
      "controller/tickets/verify",
      "controller/audit/verify",
      "controller/audit/discover",
      "controller/audit/note",
      "controller/reconcilers/plan-steps",
    ],
  ],
  [
    "cli/",
    [
      "sdk/",
      "controller/api/",
      "controller/policy/",
      "controller/analysis/",
      "controller/identity/",
      "controller/limits/",
      "controller/runtime/",
      "controller/tickets/",
      "controller/credentials/",
      "controller/execution/",
      "controller/approval/",
      "controller/audit/",
      "controller/guard/",
    ],
  ],
];

const importPattern =
  /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*["']([^"']+)["']|\bimport\s*\(?\s*["']([^"']+)["']/g;

/** Specifiers that a module's text imports, static and dynamic alike. */
export function importsOf(text: string): string[] {
  return [...text.matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? "");
}

/** Checks one file's imports. `file` is relative to `root`, with forward slashes. */
export function checkFile(root: string, file: string, text: string): EdgeViolation[] {
  const rule = allowed.find(([part]) => file.startsWith(part));
  if (rule === undefined) return [];
  const [part, may] = rule;
  const violations: EdgeViolation[] = [];
  for (const specifier of importsOf(text)) {
    if (!specifier.startsWith(".")) continue;
    const target = relative(root, resolve(root, dirname(file), specifier))
      .split(sep)
      .join("/");
    if (target.startsWith(part) || may.some((prefix) => target.startsWith(prefix))) continue;
    violations.push({ file, imports: target, rule: `${part} may import ${may.join(", ") || "nothing of ours"}` });
  }
  if (verifierImportsSigner(file, text)) {
    violations.push({ file, imports: "a signer", rule: "a verifier never pulls in a signer" });
  }
  return violations;
}

/** Verifying modules must be usable by those who hold no key; importing a signing module would tie the two together. */
function verifierImportsSigner(file: string, text: string): boolean {
  const name = file.split("/").at(-1) ?? "";
  return (
    name.startsWith("verify") && importsOf(text).some((specifier) => /\/(sign|issue|signer)[^/]*\.ts$/.test(specifier))
  );
}

/** Checks every given file under `root`. */
export function checkEdges(root: string, files: readonly string[]): EdgeViolation[] {
  return files
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => checkFile(root, file, readFileSync(resolve(root, file), "utf8")));
}
