import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { takeLock } from "../../lib/lock.ts";
import type { Logger } from "../../lib/logger.ts";

const run = promisify(execFile);
const here = import.meta.dirname;

/** What is there; what is not says why. */
export interface InstalledPeers {
  directory: string;
  /** Why the packages are missing. */
  packages?: string;
  /** Why the compiler of Rego is missing. */
  compiler?: string;
}

/**
 * Installs the other engines outside the checkout, once: packages by `package-lock.json`, the compiler of Rego from the Go modules that
 * `opa/go.sum` pins. Never rejects for a part that can't be had: the benchmark's column says so instead.
 */
export async function installPeers(logger: Logger, env: NodeJS.ProcessEnv = process.env): Promise<InstalledPeers> {
  const hash = createHash("sha256").update(JSON.stringify([process.platform, process.arch]));
  for (const file of ["package.json", "package-lock.json", "opa/go.sum"]) hash.update(readFileSync(join(here, file)));
  const base = env.XDG_CACHE_HOME || join(env.HOME || homedir(), ".cache");
  const directory = join(base, "agent-safe", `peers-${hash.digest("hex").slice(0, 16)}`);
  mkdirSync(directory, { recursive: true });
  const release = await waitForLock(`${directory}.lock`);
  try {
    return {
      directory,
      packages: await reason(join(directory, "packages-installed"), () => installPackages(directory, logger)),
      compiler: await reason(join(directory, "opa"), () => buildCompiler(directory, logger, env)),
    };
  } finally {
    release();
  }
}

/** Makes `file` unless it is there; gives the first line of what went wrong. */
async function reason(file: string, make: () => Promise<void>): Promise<string | undefined> {
  if (existsSync(file)) return undefined;
  try {
    await make();
    return undefined;
  } catch (error) {
    const { code, stderr, message } = error as Error & { code?: unknown; stderr?: string };
    if (code === "ENOENT") return message;
    return (stderr?.trim() || message).split("\n").slice(-1)[0];
  }
}

async function installPackages(directory: string, logger: Logger): Promise<void> {
  logger.info("installing the other engines' packages, once …");
  for (const file of ["package.json", "package-lock.json"]) copyFileSync(join(here, file), join(directory, file));
  await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: directory });
  writeFileSync(join(directory, "packages-installed"), "");
}

async function buildCompiler(directory: string, logger: Logger, env: NodeJS.ProcessEnv): Promise<void> {
  logger.info("building the compiler of Rego from Go modules, once: usually a minute on two cores …");
  const building = join(directory, "opa.building");
  const args = ["build", "-ldflags", "-s -w", "-o", building, "github.com/open-policy-agent/opa"];
  await run("go", args, { cwd: join(here, "opa"), env: { ...env, CGO_ENABLED: "0" }, maxBuffer: 1 << 24 });
  renameSync(building, join(directory, "opa"));
}

async function waitForLock(file: string): Promise<() => void> {
  for (;;) {
    const lock = takeLock(file);
    if (lock.taken) return lock.release;
    await sleep(250);
  }
}
