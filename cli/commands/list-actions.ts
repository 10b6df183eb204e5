import { type Command, Option } from "commander";
import { RISK_CLASSES } from "../../controller/api/vocabulary.ts";
import type { Project } from "../../sdk/project/load.ts";
import { jsonText, type OutputFormat, outputOption, yamlText } from "../lib/output.ts";
import { collect, open, type ProjectFlags, projectOptions } from "../lib/project.ts";
import { table } from "../lib/terminal.ts";

interface ListFlags extends ProjectFlags {
  tag?: string[];
  risk?: string[];
  output?: OutputFormat;
}

/** Adds `list-actions`. */
export function register(program: Command): void {
  projectOptions(program.command("list-actions").description("the actions that a project knows"))
    .option("--tag <tag>", "only actions with this tag; given again, with all of them", collect)
    .addOption(
      new Option("--risk <class>", "only actions of this risk class; may be given again")
        .choices(RISK_CLASSES)
        .argParser(riskOf),
    )
    .addOption(outputOption(["json", "yaml", "wide", "name"]))
    .addHelpText(
      "after",
      `
Examples:
  agent-safe list-actions
  agent-safe list-actions --tag kubernetes --risk high --risk critical -o wide`,
    )
    .action(async (flags: ListFlags) => {
      process.stdout.write(await listing(await open(flags), flags));
    });
}

function riskOf(value: string, before: string[] | undefined): string[] {
  return collect(value, before);
}

type Action = Project["actions"][number];

async function listing(project: Project, { tag = [], risk, output }: ListFlags): Promise<string> {
  const actions = project.actions
    .filter(({ spec }) => tag.every((wanted) => spec.tags?.includes(wanted)))
    .filter(({ spec }) => risk === undefined || risk.includes(spec.riskClass))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  switch (output) {
    case "json":
      return jsonText(actions.map(data));
    case "yaml":
      return yamlText(actions.map(data));
    case "name":
      return actions.map(({ metadata }) => `${metadata.name}\n`).join("");
    default:
      return rows(actions, output === "wide");
  }
}

function data({ metadata, spec }: Action): Record<string, unknown> {
  const { version, description, riskClass, targetTypes, reversible = false, parameters = [], tags = [] } = spec;
  return { name: metadata.name, version, description, riskClass, targetTypes, reversible, parameters, tags };
}

/** `replicas` is required, `grace?` is not. */
function parametersOf({ spec }: Action): string {
  return (spec.parameters ?? []).map(({ name, required }) => (required === false ? `${name}?` : name)).join(", ");
}

function rows(actions: readonly Action[], wide: boolean): string {
  const heading = ["NAME", "VERSION", "RISK", "TARGETS", "PARAMETERS", ...(wide ? ["TAGS", "DESCRIPTION"] : [])];
  const body = actions.map((action) => {
    const { metadata, spec } = action;
    const row = [metadata.name, spec.version, spec.riskClass, spec.targetTypes.join(", "), parametersOf(action)];
    return wide ? [...row, (spec.tags ?? []).join(", "), spec.description ?? ""] : row;
  });
  return actions.length === 0 ? "no actions\n" : table([heading, ...body]);
}
