import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { parse } from "yaml";
import { KubeError, messageOf } from "./errors.ts";

/** How to prove who we are. `exec` covers plugins and auth providers, which `@kubernetes/client-node` runs for us. */
export type Credential =
  | { kind: "none" }
  | { kind: "token"; token: string }
  | { kind: "tokenFile"; path: string }
  | { kind: "basic"; username: string; password: string }
  | { kind: "exec"; kubeconfig: string; context: string };

/** Everything that is needed to reach one API server. PEM values are text; `server` has no trailing slash. */
export interface ClusterAccess {
  server: string;
  ca?: string;
  cert?: string;
  key?: string;
  servername?: string;
  insecure: boolean;
  credential: Credential;
  /** What objects without a namespace belong to, where the context or the pod says so. */
  namespace?: string;
}

interface RawConfig {
  "current-context"?: string;
  clusters?: { name: string; cluster: Record<string, unknown> }[];
  users?: { name: string; user: Record<string, unknown> }[];
  contexts?: { name: string; context: { cluster: string; user: string; namespace?: string } }[];
}

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

function fail(message: string, cause?: unknown): KubeError {
  return new KubeError({ code: "CONFIG", message, cause });
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw fail(`cannot read ${path}: ${messageOf(error)}`, error);
  }
}

function text(map: Record<string, unknown>, field: string): string | undefined {
  const value = map[field];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A kubeconfig holds PEM either inline as base64 or as a path relative to the kubeconfig itself. */
function pem(map: Record<string, unknown>, field: string, base: string): string | undefined {
  const inline = text(map, `${field}-data`);
  if (inline !== undefined) return Buffer.from(inline, "base64").toString("utf8");
  const path = text(map, field);
  return path === undefined ? undefined : read(isAbsolute(path) ? path : join(base, path));
}

function credentialOf(user: Record<string, unknown>, base: string, path: string, context: string): Credential {
  // The precedence is client-go's: tokenFile wins over token.
  const tokenFile = text(user, "tokenFile");
  if (tokenFile) return { kind: "tokenFile", path: isAbsolute(tokenFile) ? tokenFile : join(base, tokenFile) };
  const token = text(user, "token");
  if (token) return { kind: "token", token };
  const username = text(user, "username");
  if (username) return { kind: "basic", username, password: text(user, "password") ?? "" };
  if (user.exec || user["auth-provider"]) return { kind: "exec", kubeconfig: path, context };
  return { kind: "none" };
}

function fromFile(path: string, contextName?: string): ClusterAccess {
  let raw: RawConfig;
  try {
    raw = parse(read(path)) ?? {};
  } catch (error) {
    if (error instanceof KubeError) throw error;
    throw fail(`kubeconfig ${path} is not valid YAML: ${messageOf(error)}`, error);
  }
  const name = contextName ?? raw["current-context"];
  const context = raw.contexts?.find((entry) => entry.name === name)?.context;
  if (!name || !context) throw fail(`kubeconfig ${path} has no context ${JSON.stringify(name ?? "")}`);
  const cluster = raw.clusters?.find((entry) => entry.name === context.cluster)?.cluster;
  if (!cluster) throw fail(`kubeconfig ${path}: context ${name} names an unknown cluster ${context.cluster}`);
  const server = text(cluster, "server");
  if (!server || !URL.canParse(server))
    throw fail(`kubeconfig ${path}: cluster ${context.cluster} has no valid server`);
  if (text(cluster, "proxy-url")) throw fail(`kubeconfig ${path}: proxy-url is not supported`);
  const user = raw.users?.find((entry) => entry.name === context.user)?.user ?? {};
  const base = dirname(path);
  return {
    server: server.replace(/\/+$/, ""),
    ca: pem(cluster, "certificate-authority", base),
    cert: pem(user, "client-certificate", base),
    key: pem(user, "client-key", base),
    servername: text(cluster, "tls-server-name"),
    insecure: cluster["insecure-skip-tls-verify"] === true,
    credential: credentialOf(user, base, path, name),
    ...(context.namespace ? { namespace: context.namespace } : {}),
  };
}

function inCluster(env: NodeJS.ProcessEnv): ClusterAccess {
  const host = env.KUBERNETES_SERVICE_HOST;
  const port = env.KUBERNETES_SERVICE_PORT ?? "443";
  if (!host) throw fail("no kubeconfig was given and this is not a pod in a cluster");
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    ca: read(`${serviceAccount}/ca.crt`),
    insecure: false,
    credential: { kind: "tokenFile", path: `${serviceAccount}/token` },
    ...(existsSync(`${serviceAccount}/namespace`) ? { namespace: read(`${serviceAccount}/namespace`).trim() } : {}),
  };
}

/**
 * Finds out how to reach the API server: the named kubeconfig, else `$KUBECONFIG` (its first file), else the pod's own
 * ServiceAccount, else `~/.kube/config`. It is parsed here, not by `@kubernetes/client-node`, because that package costs
 * 87 MB and half a second at start, and only plugins need it.
 * @throws KubeError CONFIG
 */
export function loadClusterAccess(
  options: { kubeconfig?: string; context?: string } = {},
  env: NodeJS.ProcessEnv = process.env,
): ClusterAccess {
  const path = options.kubeconfig ?? env.KUBECONFIG?.split(":").find((entry) => entry !== "");
  if (path) return fromFile(path, options.context);
  if (env.KUBERNETES_SERVICE_HOST) return inCluster(env);
  return fromFile(join(homedir(), ".kube", "config"), options.context);
}
