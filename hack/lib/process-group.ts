import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { forgetProcess, recordProcess } from "./process-table.ts";

/** A program to start. */
export interface ProgramSpec {
  /** Short and unique in its group; names the log file. */
  name: string;
  command: string;
  args: readonly string[];
  /** Added to the environment of this process. */
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

/** How a program ended: its exit code, or the signal that ended it. */
export interface ProgramExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A program that was started. */
export interface Program {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when it has ended; never rejects. */
  readonly exited: Promise<ProgramExit>;
  running(): boolean;
  /** Sends a signal to it and its process group; does nothing once it has ended. */
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, then SIGKILL after `graceMs` (0: SIGKILL at once). Resolves when it has ended. */
  stop(graceMs?: number): Promise<void>;
}

/** Programs that belong together and end together, even when this process is killed. */
export interface ProcessGroup {
  /** Starts a program with its output appended to `<logs>/<name>.log`. Rejects when it can't be executed. */
  start(spec: ProgramSpec): Promise<Program>;
  /** Lets go of the minder; call it when all programs have been stopped. Programs that still run are ended. */
  close(): Promise<void>;
}

/**
 * Opens a group whose processes are recorded in `pidsDirectory` and log to `logsDirectory`.
 * A minder process watches over this one and ends the group should this process be killed.
 * @param markers files that say that the group serves; removed when it ends, also then
 */
export function openProcessGroup(
  pidsDirectory: string,
  logsDirectory: string,
  markers: readonly string[] = [],
): ProcessGroup {
  mkdirSync(pidsDirectory, { recursive: true });
  mkdirSync(logsDirectory, { recursive: true });
  const programs = new Set<Program>();
  const minder = startMinder(pidsDirectory, markers);
  return {
    async start(spec) {
      const program = await startProgram(spec, pidsDirectory, join(logsDirectory, `${spec.name}.log`));
      programs.add(program);
      void program.exited.then(() => programs.delete(program));
      return program;
    },
    async close() {
      await Promise.all([...programs].map((program) => program.stop(1000)));
      const ended = minder.exitCode === null && minder.signalCode === null ? once(minder, "exit") : undefined;
      minder.ref();
      minder.stdin?.end();
      await ended;
    },
  };
}

function startMinder(pidsDirectory: string, markers: readonly string[]): ChildProcess {
  const script = join(dirname(fileURLToPath(import.meta.url)), "minder.ts");
  const minder = spawn(process.execPath, [script, pidsDirectory, ...markers], {
    detached: true, // Ctrl-C in the terminal must not reach it
    stdio: ["pipe", "ignore", "ignore"],
  });
  minder.unref();
  if (minder.stdin !== null && "unref" in minder.stdin) (minder.stdin as unknown as { unref(): void }).unref();
  return minder;
}

async function startProgram(spec: ProgramSpec, pidsDirectory: string, logFile: string): Promise<Program> {
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(spec.command, spec.args, {
    detached: true, // its own group: Ctrl-C goes to us alone, and its children end with it
    stdio: ["ignore", log, log],
    env: { ...process.env, ...spec.env },
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
  });
  const pid = child.pid;
  if (pid !== undefined) recordProcess(pidsDirectory, spec.name, pid, true);
  closeSync(log);
  if (pid === undefined) {
    const [error] = (await once(child, "error")) as [Error];
    throw new Error(`cannot start ${spec.name} (${spec.command}): ${error.message}`, { cause: error });
  }
  child.on("error", () => undefined); // later ones are failed signals; `exited` tells what matters
  const exited = new Promise<ProgramExit>((resolve) => {
    child.once("exit", (code, signal) => {
      forgetProcess(pidsDirectory, spec.name, pid);
      resolve({ code, signal });
    });
  });
  const running = () => child.exitCode === null && child.signalCode === null;
  const signal = (name: NodeJS.Signals) => {
    // Until the exit is reported the child is unreaped, so its pid can't have been given to another process.
    if (running()) sendToGroup(pid, name);
  };
  return {
    name: spec.name,
    pid,
    logFile,
    exited,
    running,
    signal,
    async stop(graceMs = 2000) {
      signal(graceMs > 0 ? "SIGTERM" : "SIGKILL");
      signal("SIGCONT"); // a stopped process would keep the SIGTERM waiting
      const timer = setTimeout(() => signal("SIGKILL"), graceMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

function sendToGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
