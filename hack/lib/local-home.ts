import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { root } from "./root.ts";

/** Where `npm start` keeps its state, and the files in it that others look for. */
export interface LocalHome {
  directory: string;
  /** Held while `npm start` runs. */
  lock: string;
  /** JSON, there only while everything serves. */
  ready: string;
  pids: string;
  logs: string;
}

/** Creates the folder if needed, for its owner alone: it holds keys. */
export function createHome({ directory }: LocalHome): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
}

/** The folder named by `--home`, else `$AGENT_SAFE_HOME`, else `.agent-safe` in the checkout. */
export function localHome(told: string | undefined, env: NodeJS.ProcessEnv = process.env): LocalHome {
  const directory = resolve(told ?? (env.AGENT_SAFE_HOME || join(root, ".agent-safe")));
  return {
    directory,
    lock: join(directory, "lock"),
    ready: join(directory, "ready"),
    pids: join(directory, "pids"),
    logs: join(directory, "logs"),
  };
}

/** The content of the file `ready`. */
export interface Ready {
  /** The process that runs everything. */
  pid: number;
  home: string;
  /** The API server. */
  url: string;
  kubeconfig: string;
  /** Holds `kubectl`. */
  binDirectory: string;
  webhookUrl: string;
  /** kubeconfig files of sample agents by name. */
  agents: Record<string, string>;
  /** Probes and metrics of each role. */
  roles: Record<string, { probeUrl: string; metricsUrl: string }>;
  /** Pids of all processes at the time of writing, by name. */
  pids: Record<string, number>;
  startedAt: string;
}
