import { dirname, resolve } from "node:path";
import { CONFIG_KEYS } from "../../controller/api/config-keys.ts";
import type { IdentityConfig } from "../../controller/api/identity-config.ts";
import type { Profile } from "../../controller/policy/types.ts";
import { findConfigFile, readConfigFile } from "../../controller/runtime/config-file.ts";

/** What `agent-safe.yaml` says to those who work without a cluster. Absent is what it does not say. */
export interface ProjectConfig {
  /** The file, absolute. */
  file: string;
  /** Folders of the project's resources, absolute. */
  dirs?: readonly string[];
  profile?: Profile;
  /** Namespace of new requests. */
  namespace?: string;
  kubeconfig?: string;
  auditDir?: string;
  /** Whose tokens are believed; paths in it are relative to the file. */
  identity?: IdentityConfig;
}

/** The nearest `agent-safe.yaml` from the folder `cwd` upwards, or undefined. */
export function findConfig(cwd: string): string | undefined {
  return findConfigFile(cwd);
}

/** Reads a settings file whole. Paths in it are relative to it. Throws ConfigError (`file:line:column`, key) when anything in it is wrong. */
export function loadConfig(path: string): ProjectConfig {
  const file = resolve(path);
  const settings = readConfigFile(file);
  const text = (key: string): string | undefined => (settings.has(key) ? String(settings.get(key)) : undefined);
  const at = (key: string): string | undefined => {
    const value = text(key);
    return value === undefined ? undefined : resolve(dirname(file), value);
  };
  const config: ProjectConfig = { file };
  const dir = settings.get("dir");
  if (dir !== undefined) config.dirs = [dir].flat().map((item) => resolve(dirname(file), String(item)));
  const profile = text("profile");
  if (profile !== undefined) config.profile = profile as Profile;
  const namespace = text("namespace");
  if (namespace !== undefined) config.namespace = namespace;
  const kubeconfig = at("kubeconfig");
  if (kubeconfig !== undefined) config.kubeconfig = kubeconfig;
  const auditDir = at("audit-dir");
  if (auditDir !== undefined) config.auditDir = auditDir;
  const identity = settings.get("identity");
  if (identity !== undefined) config.identity = identity as IdentityConfig;
  return config;
}

export type SettingsErrorCode = "BadValue";

/** An option or a variable that says nothing sensible. */
export class SettingsError extends Error {
  readonly code: SettingsErrorCode = "BadValue";
  override readonly name = "SettingsError";
}

/** Where a project is and how strictly it is held. */
export interface ProjectSettings {
  dirs: readonly string[];
  profile: Profile;
  /** The file that was read, if any. */
  config?: ProjectConfig;
}

export interface SettingsInput {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** What was asked for in words; wins over everything. */
  dirs?: readonly string[] | undefined;
  profile?: string | undefined;
  /** Where to begin to look for the settings file when no folder is named; default `cwd`. */
  near?: string | undefined;
}

/**
 * Explicit options, else `AGENT_SAFE_DIR` and `AGENT_SAFE_PROFILE`, else `agent-safe.yaml` (found upwards from the first folder
 * that is named, or from the working directory), else the folder of that file or the working directory, strict.
 */
export function projectSettings({ cwd, env, dirs, profile, near }: SettingsInput): ProjectSettings {
  const named = dirs && dirs.length > 0 ? dirs : env.AGENT_SAFE_DIR ? env.AGENT_SAFE_DIR.split(",") : undefined;
  const asked = named?.map((dir) => resolve(cwd, dir.trim()));
  const file = findConfig(asked?.[0] ?? resolve(cwd, near ?? "."));
  const config = file === undefined ? undefined : loadConfig(file);
  const choices = CONFIG_KEYS.profile?.type.kind === "choice" ? CONFIG_KEYS.profile.type.choices : [];
  const chosen = profile ?? (env.AGENT_SAFE_PROFILE || undefined) ?? config?.profile ?? "strict";
  if (!choices.includes(chosen)) {
    throw new SettingsError(`${JSON.stringify(chosen)} is no profile; profiles are ${choices.join(", ")}`);
  }
  return {
    dirs: asked ?? config?.dirs ?? [file === undefined ? resolve(cwd) : dirname(file)],
    profile: chosen as Profile,
    ...(config && { config }),
  };
}
