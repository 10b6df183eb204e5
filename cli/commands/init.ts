import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { jsonText, type OutputFormat, outputOption } from "../lib/output.ts";
import { safeLine } from "../lib/terminal.ts";

/** Adds `init`. */
export function register(program: Command): void {
  program
    .command("init")
    .description("begin a project: actions, policies, targets, an agent, limits, tests and settings that work at once")
    .argument("[dir]", "its folder", ".")
    .addOption(outputOption(["json", "name"]))
    .addHelpText(
      "after",
      `
Nothing that is there is overwritten: a folder that already holds files is left as it is, and so are the tests then. No secret is made.

Examples:
  agent-safe init
  agent-safe init policies-repo && cd policies-repo && agent-safe test`,
    )
    .action(async (dir: string, flags: { output?: OutputFormat }) => {
      process.stdout.write(report(dir, await init(dir), flags.output));
    });
}

interface Done {
  written: string[];
  kept: string[];
}

async function init(dir: string): Promise<Done> {
  const { scaffold } = await import("../../sdk/project/scaffold.ts");
  const files = await scaffold();
  const done: Done = { written: [], kept: [] };
  const folders = new Set(files.map(({ path }) => dirname(path)).filter((folder) => folder !== "."));
  const taken = new Set<string>();
  for (const folder of folders) if (await holdsFiles(join(dir, folder))) taken.add(folder);
  // The tests are about the scaffold's own rules.
  if (taken.size > 0) taken.add("tests");
  await mkdir(dir, { recursive: true });
  for (const { path, content } of files) {
    const wrote = !taken.has(dirname(path)) && (await writeNew(join(dir, path), content));
    (wrote ? done.written : done.kept).push(path);
  }
  return done;
}

async function holdsFiles(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** False when there is something of that name already. */
async function writeNew(path: string, content: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(path, content, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function report(dir: string, done: Done, format: OutputFormat | undefined): string {
  if (format === "json") return jsonText({ dir, ...done });
  if (format === "name") return done.written.map((path) => `${safeLine(join(dir, path))}\n`).join("");
  const lines = [
    ...done.written.map((path) => `wrote ${join(dir, path)}`),
    ...done.kept.map((path) => `kept  ${join(dir, path)}`),
  ];
  const here = dir === "." ? "" : ` --dir ${quoted(dir)}`;
  const next = `
Next:
  agent-safe validate${here}
  agent-safe test${here}
  agent-safe check restart-deployment --target dev/web --agent deploy-bot${here}
`;
  return lines.map((line) => `${safeLine(line)}\n`).join("") + (done.written.length > 0 ? next : "");
}

/** A word that a shell reads as it is. */
function quoted(word: string): string {
  const safe = safeLine(word);
  return /^[\w./-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", "'\\''")}'`;
}
