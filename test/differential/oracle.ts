import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Version of the Python project that is asked. */
const VERSION = "0.14.0";
const SCRIPT = fileURLToPath(new URL("oracle.py", import.meta.url));
const run = promisify(execFile);

function cacheDir(env: NodeJS.ProcessEnv): string {
  const base = env.XDG_CACHE_HOME || join(env.HOME || homedir(), ".cache");
  return join(base, "agent-safe", `python-agent-safe-${VERSION}`);
}

/** The interpreter of a virtual environment with the Python project, which is made at the first call and kept in the user's cache. */
export async function ensureOracle(say: (line: string) => void): Promise<string> {
  const dir = cacheDir(process.env);
  const python = join(dir, "bin", "python");
  if (existsSync(join(dir, "complete"))) return python;
  say(`installing the Python project agent-safe ${VERSION} into ${dir}`);
  await rm(dir, { recursive: true, force: true });
  await mkdir(dirname(dir), { recursive: true });
  try {
    await run("python3", ["-m", "venv", dir]);
    await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", `agent-safe==${VERSION}`]);
    await run(python, ["-c", "from agent_safe.sdk.client import AgentSafe"]);
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    const said = error instanceof Error ? error.message : String(error);
    throw new Error(`the oracle needs python3 (3.11 or later) with venv, and a package index: ${said}`);
  }
  await mkdir(join(dir, "complete.new"));
  await rename(join(dir, "complete.new"), join(dir, "complete"));
  return python;
}

/** What the Python project says: result, rule, risk class, effective risk; then cumulative score, class, escalated from. */
export type Answer = [string, string | null, string, string, number?, string?, (string | null)?] | { error: string };

/** Its answers to the requests of one project, or why it did not load it. */
export type Answers = { answers: Answer[] } | { loadError: string };

/** A running oracle: one process, asked one project after another. */
export interface Oracle {
  /** `job` is a line of JSON: `{dir, requests}`. */
  ask(job: string): Promise<Answers>;
  close(): Promise<void>;
}

export function startOracle(python: string): Oracle {
  const child = spawn(python, ["-B", "-W", "ignore", SCRIPT], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const closed = new Promise<void>((done) => child.once("close", () => done()));
  return {
    async ask(job) {
      child.stdin.write(`${job}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error("the oracle ended");
      return JSON.parse(value) as Answers;
    },
    async close() {
      child.stdin.end();
      await closed;
    },
  };
}
