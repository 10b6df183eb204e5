import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Command, Option } from "commander";
import type { ImportedProject } from "../../sdk/import/import-project.ts";
import { CliError } from "../lib/errors.ts";
import { jsonText, type OutputFormat, outputOption } from "../lib/output.ts";
import { count, printProblems } from "../lib/project.ts";
import { safeLine } from "../lib/terminal.ts";

interface ImportFlags {
  out: string;
  profile: "strict" | "compat";
  force?: boolean;
  output?: OutputFormat;
}

/** Adds `import`. */
export function register(program: Command): void {
  program
    .command("import")
    .description("make resources of a Python Agent-Safe project: its actions, policies, inventory, settings and tests")
    .argument("<dir>", "folder of the Python project")
    .requiredOption("--out <dir>", "folder for the new project; must be empty or missing")
    .addOption(
      new Option("--profile <profile>", "compat decides as the Python project does; strict as a cluster does")
        .choices(["strict", "compat"])
        .default("compat"),
    )
    .option("--force", "write into a folder that is not empty; files of the same name are replaced")
    .addOption(outputOption(["json", "name"]))
    .action(importInto);
}

async function importInto(dir: string, flags: ImportFlags): Promise<void> {
  if (!existsSync(dir) || !statSync(dir).isDirectory()) throw new CliError("Usage", `${dir} is no folder`);
  checkOut(flags);
  const { importProject } = await import("../../sdk/import/import-project.ts");
  const imported = importProject({ dir, profile: flags.profile });
  await printProblems(imported.warnings);
  const errors = imported.warnings.filter(({ severity }) => severity === "error").length;
  if (errors > 0) throw new CliError("Invalid", `${count(errors, "error")}; nothing is written`);
  for (const { path, content } of imported.files) {
    const at = join(flags.out, path);
    try {
      await mkdir(dirname(at), { recursive: true });
      await writeFile(at, content);
    } catch (error) {
      throw new CliError("Io", `can't write ${at}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  process.stdout.write(summary(imported, flags));
}

function checkOut({ out, force }: ImportFlags): void {
  if (!existsSync(out)) return;
  if (!statSync(out).isDirectory()) throw new CliError("Usage", `--out ${out} is no folder`);
  if (!force && readdirSync(out).length > 0)
    throw new CliError("Usage", `--out ${out} is not empty; --force writes into it all the same`);
}

function summary({ files, warnings, objects }: ImportedProject, { out, profile, output }: ImportFlags): string {
  const numbers = {
    actions: objects.actions.length,
    policies: objects.policies.length,
    rules: objects.policies.reduce((sum, { spec }) => sum + spec.rules.length, 0),
    targets: objects.targets.length,
    agents: objects.agents.length,
    riskProfiles: objects.riskProfile ? 1 : 0,
    testFiles: files.filter(({ path }) => path.startsWith("tests/")).length,
  };
  if (output === "json") return jsonText({ out, profile, ...numbers, files: files.map(({ path }) => path), warnings });
  if (output === "name") return files.map(({ path }) => `${safeLine(path)}\n`).join("");
  const { actions, policies, rules, targets, testFiles } = numbers;
  const made = [
    count(actions, "action"),
    `${count(rules, "rule")} in ${policies === 1 ? "1 policy" : `${policies} policies`}`,
    count(targets, "target"),
    count(testFiles, "test file"),
  ].join(", ");
  return safeLine(`imported ${made} into ${out} (${profile}), with ${count(warnings.length, "warning")}`).concat("\n");
}
