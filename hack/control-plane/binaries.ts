import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { takeLock } from "../lib/lock.ts";
import { type Logger, silentLogger } from "../lib/logger.ts";
import { buildPrograms } from "./build.ts";
import { downloadPrograms, type Releases } from "./download.ts";
import { executablesIn } from "./executables.ts";
import { type Binaries, cacheDirectory, type ProgramName, programNames, versions } from "./versions.ts";

/** Programs are made in such a folder; one that is there while nobody holds the lock was left by a killed process. */
const stagingPrefix = ".staging-";

/** Where programs may come from. */
export interface BinaryOptions {
  logger?: Logger;
  /** Read for XDG_CACHE_HOME, HOME, KUBEBUILDER_ASSETS and PATH (for `go`). */
  env?: NodeJS.ProcessEnv;
  /** Those that are needed; all unless told. */
  programs?: readonly ProgramName[];
  /** Other places to download from. */
  releases?: Releases;
}

/**
 * The programs of the control plane, each from the first source that has it: the cache, the folder named by
 * `KUBEBUILDER_ASSETS`, a download of the official release (checksum verified), a build from Go modules.
 * What was downloaded or built stays in the cache. Rejects with ControlPlaneError that says what to do.
 */
export async function ensureBinaries(options: BinaryOptions = {}): Promise<Binaries> {
  const { logger = silentLogger, env = process.env, programs = programNames, releases } = options;
  const cache = cacheDirectory(env);
  const local = () => ({ ...executablesIn(env.KUBEBUILDER_ASSETS), ...executablesIn(cache) });
  if (missingFrom(local(), programs).length === 0) return local() as Binaries;

  mkdirSync(cache, { recursive: true });
  const release = await waitForLock(`${cache}.lock`, logger);
  for (const name of readdirSync(cache))
    if (name.startsWith(stagingPrefix)) rmSync(join(cache, name), { recursive: true });
  const staging = mkdtempSync(join(cache, stagingPrefix));
  try {
    // Each program enters the cache whole or not at all, so an interrupted run loses only what was under way.
    const keep = (name: ProgramName) => renameSync(join(staging, name), join(cache, name));
    for (const source of [downloadPrograms, buildPrograms]) {
      const missing = missingFrom(local(), programs);
      if (missing.length > 0) await source({ missing, staging, keep, logger, env, releases });
    }
  } finally {
    rmSync(staging, { recursive: true, force: true });
    release();
  }
  return local() as Binaries;
}

/** What a source of programs is given: it puts each into `staging` and calls `keep` once it is whole. */
export interface SourceContext {
  missing: readonly ProgramName[];
  staging: string;
  keep(name: ProgramName): void;
  logger: Logger;
  env: NodeJS.ProcessEnv;
  releases: Releases | undefined;
}

function missingFrom(found: Partial<Binaries>, programs: readonly ProgramName[]): ProgramName[] {
  return programs.filter((name) => found[name] === undefined);
}

async function waitForLock(file: string, logger: Logger): Promise<() => void> {
  for (let waits = 0; ; waits++) {
    const lock = takeLock(file);
    if (lock.taken) return lock.release;
    if (waits % 40 === 0)
      logger.info(`waiting for process ${lock.holder.pid}, which is getting Kubernetes ${versions.kubernetes} …`);
    await sleep(250);
  }
}
