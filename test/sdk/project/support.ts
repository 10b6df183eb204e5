import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ExecutionContext } from "ava";

/** The project that `agent-safe init` makes, with the part of the catalog that it takes. */
export const SCAFFOLD = [
  ...["get-configmap", "restart-deployment", "scale-deployment", "delete-namespace"].map(
    (name) => `../../../catalog/kubernetes/${name}.yaml`,
  ),
  ...["agents", "policies", "risk-profiles", "targets", "tests"].map((name) => `../../../config/scaffold/${name}`),
].map((path) => fileURLToPath(new URL(path, import.meta.url)));

/** A folder with these files, gone after the test. */
export function folder(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), "agent-safe-project-"));
  t.teardown(() => rmSync(dir, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  return dir;
}
