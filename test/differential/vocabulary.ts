/** Words of generated projects; few of each, so that rules and requests meet. */
export const ACTIONS = [
  "restart-app",
  "restart-db",
  "scale-app",
  "scale-db",
  "get-logs",
  "get-config",
  "delete-pod",
  "delete-ns",
  "drain",
  "x1",
  "x2",
  "x10",
];
export const GLOBS = [
  "*",
  "restart-*",
  "*-app",
  "get-*",
  "delete-??",
  "x[12]",
  "x[!1]",
  "x[0-9]*",
  "[rs]*-db",
  "[!a-m]*",
  "scale-[ad][!x]*",
  "x[]1]",
  "x[1-",
  "[z-a]*",
  "[!z-a]1",
  "r*t-*b",
  "???",
  "",
  "*-*-*",
  "[[]x",
  "x[a-c-e]0",
];
export const TYPES = ["k8s-deployment", "k8s-pod", "k8s-node", "aws-s3-bucket", "Vm_Host", "vm host"];
export const TARGETS = [
  "dev/app",
  "dev/db",
  "staging/app",
  "staging/db",
  "prod/app",
  "prod/db",
  "prod/ns:1",
  "prod/node_2",
];
export const AGENTS = ["bot", "helper", "deploy-bot", "root-agent", "Ops@Example", "anonymous"];
export const ROLES = ["deployer", "reader", "admin", "on"];
export const GROUPS = ["platform", "payments", "yes"];
export const LABELS: Readonly<Record<string, readonly string[]>> = {
  app: ["web", "api", "no"],
  tier: ["front", "back", "010"],
  team: ["a", "b"],
};
export const PATTERNS = [
  "^[a-z][a-z0-9-]{0,8}$",
  "\\d+",
  "[\\w.-]+",
  "a{,3}",
  "(?:web|api)-\\d{1,3}",
  "[[:x]+",
  "\\Aok\\Z",
  "(?!bad).*",
  "v\\d+(\\.\\d+)*",
  ".*",
  "",
  "[^\\s]+",
];
export const TEXTS = [
  "a",
  "aaa",
  "aaaa",
  "web-1",
  "api-1234",
  "ok",
  "bad",
  "v1.2.3",
  "é",
  "10",
  "５",
  "x y",
  "[:x",
  "",
  "ok\n",
  "😀",
];
