import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheDirectory } from "../control-plane/versions.ts";
import { takeLock } from "../lib/lock.ts";
import { type Logger, step } from "../lib/logger.ts";
import { openProcessGroup } from "../lib/process-group.ts";

/** The module that pins what is built. */
const moduleDirectory = import.meta.dirname;
const packageName = "code.gitea.io/gitea";
const tags = "sqlite sqlite_unlock_notify";

/** A server that was built, and the folder with its templates. */
export interface GiteaProgram {
  command: string;
  staticRoot: string;
}

/** The Gitea server of the cache; built from Go modules once, which takes about 5 minutes on two cores. */
export async function ensureGitea(logger: Logger): Promise<GiteaProgram> {
  const sums = createHash("sha256").update(readFileSync(join(moduleDirectory, "go.sum")));
  const hash = sums
    .update(JSON.stringify([process.platform, process.arch]))
    .digest("hex")
    .slice(0, 16);
  const home = join(dirname(cacheDirectory()), `forge-${hash}`);
  const program = { command: join(home, "gitea"), staticRoot: home };
  if (existsSync(program.command)) return program;
  mkdirSync(dirname(home), { recursive: true });
  const release = await waitForLock(`${home}.lock`, logger);
  try {
    if (!existsSync(program.command)) await step(logger, "building Gitea, once (usually 5 min)", () => build(home));
  } finally {
    release();
  }
  return program;
}

/** The folder appears whole or not at all. */
async function build(home: string): Promise<void> {
  const staging = mkdtempSync(`${home}.staging-`);
  const logs = mkdtempSync(`${home}.logs-`);
  try {
    const flags = `-s -w -X main.Version=1.26.0 -X "main.Tags=${tags}"`;
    await go(["build", "-tags", tags, "-ldflags", flags, "-o", join(staging, "gitea"), packageName], logs);
    const found = spawnSync("go", ["list", "-m", "-f", "{{.Dir}}", packageName], { cwd: moduleDirectory });
    const source = found.stdout.toString().trim();
    for (const folder of ["templates", "options", "public"]) {
      cpSync(join(source, folder), join(staging, folder), { recursive: true });
    }
    rmSync(home, { recursive: true, force: true });
    renameSync(staging, home);
  } finally {
    rmSync(staging, { recursive: true, force: true });
    rmSync(logs, { recursive: true, force: true });
  }
}

/** Runs `go` so that it ends with this process, however that ends. */
async function go(args: readonly string[], logs: string): Promise<void> {
  const group = openProcessGroup(join(logs, "pids"), logs);
  try {
    const program = await group.start({ name: "go", command: "go", args, cwd: moduleDirectory });
    const { code, signal } = await program.exited;
    if (code === 0) return;
    const tail = readFileSync(program.logFile, "utf8").slice(-4000).trim();
    throw new Error(`go ${args[0]} ended with ${code ?? signal} (Go 1.26 and a C compiler are needed):\n${tail}`);
  } finally {
    await group.close();
  }
}

async function waitForLock(file: string, logger: Logger): Promise<() => void> {
  for (let waits = 0; ; waits++) {
    const lock = takeLock(file);
    if (lock.taken) return lock.release;
    if (waits % 40 === 0) logger.info(`waiting for process ${lock.holder.pid}, which is building Gitea …`);
    await sleep(250);
  }
}
