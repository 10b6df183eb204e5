import { dirname, resolve } from "node:path";
import type { TrustedIssuer } from "../controller/identity/trusted-keys.ts";
import type { Profile } from "../controller/policy/types.ts";
import { checkFields, type Fields } from "./arguments.ts";
import { loadTrust, type Trust } from "./identity/issuers.ts";
import { findConfig, loadConfig, type ProjectConfig } from "./project/config.ts";

/** Everything is optional. What is not given comes from `AGENT_SAFE_*`, then from `agent-safe.yaml`, then from a default. */
export interface AgentSafeOptions {
  /** Where `agent-safe.yaml` is looked for, from here upwards, and what relative paths start from. Default: the working directory. */
  cwd?: string;
  /** Folders or files of the project (`AGENT_SAFE_DIR`, `dir`). Default: the folder of `agent-safe.yaml`, else `cwd`. */
  dirs?: readonly string[];
  /** How strictly imported projects are held (`AGENT_SAFE_PROFILE`, `profile`). Default `strict`. */
  profile?: Profile;
  /** How to reach the cluster (`AGENT_SAFE_KUBECONFIG`, `kubeconfig`). Default: `$KUBECONFIG`, else the pod's account, else `~/.kube/config`. */
  kubeconfig?: string;
  /** Context of that kubeconfig. Default: its current one. */
  context?: string;
  /** Namespace of new requests (`AGENT_SAFE_NAMESPACE`, `namespace`). Default: that of the context or of the pod, else `default`. */
  namespace?: string;
  /** A log's folder, or the folder of several (`AGENT_SAFE_AUDIT_DIR`, `audit-dir`). Default `.agent-safe/audit` in `$AGENT_SAFE_HOME` or `cwd`. */
  auditDir?: string;
  /** Whose identity and delegation tokens are believed (`identity` in `agent-safe.yaml`, with a list of revoked ones). Default: nobody's. */
  issuers?: readonly TrustedIssuer[];
  /** Epoch ms. Default `Date.now`. */
  clock?: () => number;
  /** A value never used before, such as a UUID. Default `crypto.randomUUID`. */
  randomId?: () => string;
  /** Default `process.env`. */
  env?: Readonly<Record<string, string | undefined>>;
}

const FIELDS: Fields<AgentSafeOptions> = {
  cwd: "string",
  dirs: "any",
  profile: "string",
  kubeconfig: "string",
  context: "string",
  namespace: "string",
  auditDir: "string",
  issuers: "any",
  clock: "any",
  randomId: "any",
  env: "any",
};

/** Options with everything filled in that can be known before files and cluster are looked at. */
export interface Settings {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  dirs: readonly string[] | undefined;
  profile: Profile | undefined;
  kubeconfig: string | undefined;
  context: string | undefined;
  namespace: string | undefined;
  auditDir: string;
  /** What tokens are verified by; reads keys anew, so that one that was withdrawn or revoked counts no more. Rejects with IdentityError. */
  trust: () => Promise<Trust>;
  clock: () => number;
  randomId: () => string;
}

/** Explicit options, else `AGENT_SAFE_*`, else the nearest `agent-safe.yaml`. Throws ConfigError when that file is wrong: it is never ignored. */
export function settingsOf(options: AgentSafeOptions): Settings {
  checkFields(options, FIELDS);
  const env = options.env ?? process.env;
  const cwd = resolve(options.cwd ?? ".");
  const at = (path: string | undefined) => (path ? resolve(cwd, path) : undefined);
  const config = nearestConfig(cwd);
  return {
    cwd,
    env,
    dirs: options.dirs,
    profile: options.profile,
    kubeconfig: at(options.kubeconfig) ?? at(env.AGENT_SAFE_KUBECONFIG) ?? config?.kubeconfig,
    context: options.context,
    namespace: options.namespace ?? (env.AGENT_SAFE_NAMESPACE || undefined) ?? config?.namespace,
    auditDir:
      at(options.auditDir) ??
      at(env.AGENT_SAFE_AUDIT_DIR) ??
      config?.auditDir ??
      resolve(cwd, env.AGENT_SAFE_HOME || ".agent-safe", "audit"),
    trust: () => trustOf(options.issuers, config, env),
    clock: options.clock ?? Date.now,
    randomId: options.randomId ?? (() => crypto.randomUUID()),
  };
}

async function trustOf(
  issuers: AgentSafeOptions["issuers"],
  config: ProjectConfig | undefined,
  env: Settings["env"],
): Promise<Trust> {
  if (issuers !== undefined || config?.identity === undefined)
    return { issuers: [...(issuers ?? [])], revoked: new Set() };
  return loadTrust(config.identity, { dir: dirname(config.file), env });
}

function nearestConfig(cwd: string): ProjectConfig | undefined {
  const file = findConfig(cwd);
  return file === undefined ? undefined : loadConfig(file);
}
