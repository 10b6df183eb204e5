import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A piece of the page that is a file or a program. */
export interface Example {
  language: string;
  /** The word after the language: `offline`, `cluster`, or a file's path. */
  use: string;
  code: string;
  /** Line of the page. */
  line: number;
  /** Its last lines that are comments: what it prints. */
  prints: string[];
}

/** The fenced blocks of a page that say what they are for. */
export function examplesOf(page: string): Example[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```(\w+) (\S+)\n([\s\S]*?)^```$/gm)].map((match) => {
    const [, language = "", use = "", code = ""] = match;
    const lines = code.trimEnd().split("\n");
    const prints = lines.slice(lines.findLastIndex((line) => !line.startsWith("// ")) + 1).map((line) => line.slice(3));
    return { language, use, code, line: text.slice(0, match.index).split("\n").length, prints };
  });
}

/** A project with the catalog, the samples and the page's own files, in which `agent-safe` can be imported; the caller removes it. */
export function exampleProject(page: string): string {
  const dir = mkdtempSync(join(tmpdir(), "agent-safe-examples-"));
  cpSync(join(root, "catalog"), join(dir, "catalog"), { recursive: true });
  for (const part of ["agents", "policies", "risk-profiles", "targets"])
    cpSync(join(root, "config/samples", part), join(dir, part), { recursive: true });
  for (const { language, use, code } of examplesOf(page)) {
    if (language !== "yaml") continue;
    mkdirSync(dirname(join(dir, use)), { recursive: true });
    writeFileSync(join(dir, use), code);
  }
  writeFileSync(join(dir, "agent-safe.yaml"), "dir: [catalog, agents, policies, risk-profiles, targets]\n");
  writeFileSync(join(dir, "package.json"), '{"type": "module"}\n');
  mkdirSync(join(dir, "node_modules"));
  symlinkSync(root, join(dir, "node_modules/agent-safe"));
  return dir;
}

/** Runs a program of the page in a project; gives what it printed, with what went wrong last. */
export function runExample(dir: string, { code, line }: Example, env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const file = join(dir, `example-${line}.ts`);
  writeFileSync(file, code);
  return new Promise((resolve) => {
    execFile(process.execPath, [file], { cwd: dir, env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      const lines = stdout.trimEnd().split("\n");
      resolve(error ? [...lines, stderr] : lines);
    });
  });
}
