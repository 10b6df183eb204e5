import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type Logger, step } from "../lib/logger.ts";
import { waitFor } from "../lib/wait.ts";
import { ImageError } from "./errors.ts";
import { run } from "./run.ts";

/** A Docker daemon that answers. */
export interface Docker {
  /** Runs the docker program. Rejects with ImageError. */
  command(args: readonly string[]): Promise<string>;
  /** Ends the daemon if it was started here. */
  stop(): Promise<void>;
}

/**
 * The running Docker daemon, or one of our own: installed from Debian when missing and started without touching the
 * machine's packet filter, so containers need host networking. Rejects with ImageError code DOCKER_UNAVAILABLE.
 */
export async function ensureDocker(logger: Logger): Promise<Docker> {
  // The classic builder asks for no helper image.
  const command = (args: readonly string[]) => run("docker", args, { env: { DOCKER_BUILDKIT: "0" } });
  if (await answers(command)) return { command, stop: async () => undefined };
  if (process.env.DOCKER_HOST)
    throw new ImageError("DOCKER_UNAVAILABLE", `no Docker daemon answers at DOCKER_HOST=${process.env.DOCKER_HOST}`);
  if (process.getuid?.() !== 0)
    throw new ImageError("DOCKER_UNAVAILABLE", "no Docker daemon answers, and starting one needs root");
  await ensureTools(["docker.io", "dockerd", "docker"], logger);
  return { command, stop: await startDaemon(command, logger) };
}

/** Installs a Debian package unless its programs are there. Rejects with ImageError code DOCKER_UNAVAILABLE. */
export async function ensureTools([name, ...programs]: readonly [string, ...string[]], logger: Logger): Promise<void> {
  const missing = programs.filter((program) => !onPath(program));
  if (missing.length === 0) return;
  if (!onPath("apt-get"))
    throw new ImageError("DOCKER_UNAVAILABLE", `${missing.join(", ")} not found; install the package ${name}`);
  try {
    await step(logger, `installing ${name}`, async () => {
      await run("apt-get", ["update", "-q"]);
      const env = { DEBIAN_FRONTEND: "noninteractive" };
      await run("apt-get", ["install", "-q", "-y", "--no-install-recommends", name], { env });
    });
  } catch (cause) {
    throw new ImageError("DOCKER_UNAVAILABLE", `the package ${name} could not be installed`, { cause });
  }
}

async function answers(command: Docker["command"]): Promise<boolean> {
  try {
    await command(["version", "--format", "{{.Server.Version}}"]);
    return true;
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return false;
  }
}

async function startDaemon(command: Docker["command"], logger: Logger): Promise<() => Promise<void>> {
  const scratch = mkdtempSync(join(tmpdir(), "agent-safe-docker-"));
  const logFile = join(scratch, "dockerd.log");
  const log = openSync(logFile, "a");
  const daemon = spawn("dockerd", ["--iptables=false", "--ip6tables=false", `--pidfile=${join(scratch, "pid")}`], {
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    daemon.once("close", () => resolve());
    daemon.once("error", () => resolve());
  });
  const stop = async () => {
    daemon.kill("SIGTERM");
    await ended;
    rmSync(scratch, { recursive: true, force: true });
  };
  try {
    await step(logger, "starting dockerd", () =>
      waitFor(
        async () => {
          if (daemon.exitCode !== null) throw new ImageError("DOCKER_UNAVAILABLE", `dockerd ended:\n${tail(logFile)}`);
          return answers(command);
        },
        { timeoutMs: 60_000, intervalMs: 500, what: "dockerd to answer" },
      ),
    );
  } catch (cause) {
    const text = tail(logFile);
    await stop();
    throw new ImageError("DOCKER_UNAVAILABLE", `dockerd could not be started here:\n${text}`, { cause });
  }
  return stop;
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((dir) => dir !== "" && existsSync(join(dir, program)));
}

function tail(file: string): string {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-5).join("\n");
}
