import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ExecutionContext } from "ava";

/** One of the Python project's actions, as facts. */
interface Row {
  name: string;
  gist: string;
  risk: string;
  types: string[];
  parameters: object[];
  reversible: boolean;
  rollback?: string;
  rollbackParams?: Record<string, string>;
  privileges: string[];
  prechecks: string[];
  state?: object[];
  credentials?: object;
  tags: string[];
}

/** The 33 actions of the Python project. */
export const ROWS: readonly Row[] = readFileSync(new URL("reference-actions.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Row);

function actionFile(row: Row): object {
  const sources = Object.entries(row.rollbackParams ?? {}).map(([name, source]) => [name, { source }]);
  return {
    name: row.name,
    version: "1.0.0",
    description: row.gist,
    risk_class: row.risk,
    target_types: row.types,
    parameters: row.parameters,
    prechecks: row.prechecks.map((name) => ({ name, description: name.replaceAll("-", " ") })),
    reversible: row.reversible,
    ...(row.rollback && { rollback_action: row.rollback }),
    ...(sources.length > 0 && { rollback_params: Object.fromEntries(sources) }),
    required_privileges: row.privileges,
    ...(row.state && { state_fields: row.state }),
    ...(row.credentials && { credentials: row.credentials }),
    tags: row.tags,
  };
}

const READS = ["get-pod-logs", "rollout-status", "get-configmap"];
const DEPLOYS = ["restart-deployment", "scale-deployment", "delete-pod", "update-image", "update-configmap"];
const staging = { environments: ["staging"] };

/** Its default rules. */
const RULES: readonly [priority: number, name: string, match: object, decision: string][] = [
  [1000, "require-approval-critical-risk", { risk_classes: ["critical"] }, "require_approval"],
  [900, "deny-delete-namespace-prod", { actions: ["delete-namespace"], targets: { environments: ["prod"] } }, "deny"],
  [500, "require-approval-prod", { targets: { environments: ["prod"] } }, "require_approval"],
  [200, "allow-read-actions-staging", { actions: READS, targets: staging }, "allow"],
  [100, "allow-deployer-staging", { actions: DEPLOYS, targets: staging, callers: { roles: ["deployer"] } }, "allow"],
  [10, "allow-dev-all", { targets: { environments: ["dev"] } }, "allow"],
];

/** Its inventory: id, type, sensitivity. */
const TARGETS: readonly [id: string, type: string, sensitivity: string][] = [
  ["prod/api-server", "k8s-deployment", "critical"],
  ["prod/web-frontend", "k8s-deployment", "restricted"],
  ["prod/worker-node-01", "k8s-node", "critical"],
  ["prod/payments-ns", "k8s-namespace", "critical"],
  ["staging/api-server", "k8s-deployment", "internal"],
  ["staging/web-frontend", "k8s-deployment", "public"],
  ["dev/test-app", "k8s-deployment", "public"],
  ["dev/debug-pod", "k8s-pod", "public"],
  ["prod/api-instance", "aws-ec2-instance", "critical"],
  ["staging/worker-service", "aws-ecs-service", "internal"],
  ["prod/payment-processor", "aws-lambda-function", "critical"],
  ["prod/audit-bucket", "aws-s3-bucket", "restricted"],
];

const pod = { namespace: "n", pod: "p" };
const deployment = { namespace: "n", deployment: "d" };

/** Its policy tests: name, action, target, parameters, what is expected. None has a caller. */
export const CASES: readonly [name: string, action: string, target: string, params: object | null, expect: string][] = [
  ["dev-restart-allowed", "restart-deployment", "dev/test-app", deployment, "allow"],
  ["dev-scale-allowed", "scale-deployment", "dev/test-app", { ...deployment, replicas: 5 }, "allow"],
  ["dev-delete-pod-allowed", "delete-pod", "dev/test-app", pod, "allow"],
  ["dev-read-logs-allowed", "get-pod-logs", "dev/test-app", pod, "allow"],
  ["prod-restart-requires-approval", "restart-deployment", "prod/api-server", deployment, "require_approval"],
  [
    "prod-scale-requires-approval",
    "scale-deployment",
    "prod/api-server",
    { ...deployment, replicas: 3 },
    "require_approval",
  ],
  ["prod-drain-node-requires-approval", "drain-node", "prod/worker-node-01", { node: "w" }, "require_approval"],
  [
    "prod-delete-namespace-critical-risk",
    "delete-namespace",
    "prod/payments-ns",
    { namespace: "p" },
    "require_approval",
  ],
  ["staging-get-logs-allowed", "get-pod-logs", "staging/api-server", pod, "allow"],
  ["staging-rollout-status-allowed", "rollout-status", "staging/api-server", deployment, "allow"],
  ["unknown-action-denied", "nonexistent-action", "dev/test-app", null, "deny"],
  ["scale-over-max-denied", "scale-deployment", "dev/test-app", { ...deployment, replicas: 101 }, "deny"],
  ["extra-params-denied", "restart-deployment", "dev/test-app", { ...deployment, more: "x" }, "deny"],
];

function projectFiles(): Record<string, unknown> {
  const files: Record<string, unknown> = {
    "policies/default.yaml": {
      rules: RULES.map(([priority, name, match, decision]) => ({ name, priority, match, decision, reason: name })),
    },
    "inventory.yaml": {
      targets: TARGETS.map(([id, type, sensitivity]) => ({ id, type, environment: id.split("/")[0], sensitivity })),
    },
    "tests/policy_tests/default.yaml": {
      tests: CASES.map(([name, action, target, params, expect]) => ({
        name,
        action,
        target,
        ...(params && { params }),
        expect,
      })),
    },
  };
  for (const row of ROWS) files[`actions/${row.name}.yaml`] = actionFile(row);
  return files;
}

/** Writes files, texts as they are and all else as JSON, which is YAML too. The folder is gone after the test. */
export function writeFiles(t: ExecutionContext, files: Readonly<Record<string, unknown>>): string {
  const dir = mkdtempSync(join(tmpdir(), "agent-safe-import-"));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), typeof content === "string" ? content : JSON.stringify(content, null, 1));
  }
  return dir;
}

/** The Python project's actions, policies, inventory and tests, in its own format. */
export function writeReferenceProject(t: ExecutionContext): string {
  return writeFiles(t, projectFiles());
}
