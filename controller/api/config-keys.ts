import { DurationError, parseDuration } from "./duration.ts";
import { identityConfigProblem } from "./identity-config.ts";

/** What a setting's text must be. */
export type ConfigType =
  | { kind: "text" }
  | { kind: "duration" }
  | { kind: "count"; max: number }
  | { kind: "choice"; choices: readonly string[] }
  | { kind: "paths" }
  | { kind: "identity" };

export interface ConfigKey {
  /** Who reads it: the processes in a cluster, the command line and the SDK, or both. */
  readers: "roles" | "offline" | "both";
  type: ConfigType;
}

const text: ConfigType = { kind: "text" };
const duration: ConfigType = { kind: "duration" };
const role = (type: ConfigType): ConfigKey => ({ readers: "roles", type });
const offline = (type: ConfigType): ConfigKey => ({ readers: "offline", type });

/** All keys of `agent-safe.yaml`. One file may serve both kinds of reader; each takes its own and checks all. */
export const CONFIG_KEYS: Readonly<Record<string, ConfigKey>> = {
  dir: offline({ kind: "paths" }),
  profile: offline({ kind: "choice", choices: ["strict", "compat"] }),
  namespace: offline(text),
  kubeconfig: { readers: "both", type: text },
  identity: offline({ kind: "identity" }),
  "audit-dir": { readers: "both", type: text },
  roles: role({ kind: "choice", choices: ["controller", "executor", "webhook"] }),
  "metrics-address": role(text),
  "probe-address": role(text),
  "webhook-address": role(text),
  "rejections-address": role(text),
  "rejections-url": role(text),
  "rejections-token-file": role(text),
  "system-namespace": role(text),
  "credentials-namespace": role(text),
  "decision-timeout": role(duration),
  "finished-ttl": role(duration),
  workers: role({ kind: "count", max: 1000 }),
  "log-level": role({ kind: "choice", choices: ["debug", "info", "warn", "error"] }),
};

/** What is wrong with a key's value, or undefined. `value` is what YAML gave. */
export function configValueProblem(key: ConfigKey, value: unknown): string | undefined {
  const { type } = key;
  if (type.kind === "paths" && Array.isArray(value)) {
    return value.length > 0 && value.every((item) => typeof item === "string" && item !== "")
      ? undefined
      : "must be a folder or a list of folders.";
  }
  if (type.kind === "identity") return identityConfigProblem(value);
  if (typeof value === "object") return "must be a plain value.";
  const given = String(value);
  if (given === "") return "must not be empty.";
  switch (type.kind) {
    case "duration":
      return durationProblem(given);
    case "count":
      return /^\d{1,9}$/.test(given) && Number(given) >= 1 && Number(given) <= type.max
        ? undefined
        : `must be a whole number from 1 to ${type.max}.`;
    case "choice":
      return type.choices.includes(given) ? undefined : `must be one of ${type.choices.join(", ")}.`;
    default:
      return undefined;
  }
}

function durationProblem(given: string): string | undefined {
  try {
    parseDuration(given);
    return undefined;
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    return `${error.message}.`;
  }
}
