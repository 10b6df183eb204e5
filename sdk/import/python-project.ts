import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { Problem } from "../project/problem.ts";
import { readFolder, readOne } from "./files.ts";
import type { RuleFile } from "./policy.ts";
import { fault, inside, type Place, shown, warn } from "./problem.ts";
import type { PyYamlFile } from "./pyyaml.ts";
import {
  type PythonAction,
  type PythonConfig,
  type PythonTarget,
  pythonAction,
  pythonConfig,
  pythonInventory,
  pythonPolicies,
} from "./shapes.ts";

interface Placed<T> {
  value: T;
  place: Place;
}

/** A Python project as it was read. What is wrong with it is in `problems`. */
export interface PythonProject {
  config: Placed<PythonConfig>;
  actions: Placed<PythonAction>[];
  policies: RuleFile[];
  targets: Placed<PythonTarget>[];
  problems: Problem[];
}

const NO_CONFIG = {} as PythonConfig;

function emptyPlace(file: string, problems: Problem[]): Place {
  return { source: { file, problems, locate: () => ({ line: 1, column: 1 }) }, path: [] };
}

function readConfig(dir: string, problems: Problem[]): Placed<PythonConfig> {
  const path = join(dir, "agent-safe.yaml");
  const file = existsSync(path) ? readOne(path, "agent-safe.yaml", problems) : undefined;
  if (!file || file.value === null)
    return { value: NO_CONFIG, place: file?.top ?? emptyPlace("agent-safe.yaml", problems) };
  const { top } = file;
  const value = pythonConfig(file.value, top)?.value ?? NO_CONFIG;
  if (value.signing_key !== undefined)
    warn(
      inside(top, "signing_key"),
      "is not copied: a key does not belong into a file of the project",
      "make a new one and retire this one",
    );
  if (value.audit_log !== undefined) warn(inside(top, "audit_log"), "is not imported: the log here is of another form");
  if (value.issuer !== undefined) warn(inside(top, "issuer"), "is not imported: name it in the subjects of Agents");
  return { value, place: top };
}

function readActions(files: readonly { file: PyYamlFile }[]): Placed<PythonAction>[] {
  const seen = new Set<string>();
  return files.flatMap(({ file: { value, top } }) => {
    const read = pythonAction(value, top);
    if (!read) return [];
    if (seen.has(read.value.name)) fault(inside(top, "name"), `the action ${shown(read.value.name)} is defined twice`);
    seen.add(read.value.name);
    return [{ value: read.value, place: top }];
  });
}

function readTargets(file: PyYamlFile): Placed<PythonTarget>[] {
  const seen = new Set<string>();
  const read = pythonInventory(file.value, file.top)?.value.targets ?? [];
  return read.map((value, i) => {
    const place = inside(file.top, "targets", i);
    if (seen.has(value.id)) fault(inside(place, "id"), `the target ${shown(value.id)} is listed twice`);
    seen.add(value.id);
    return { value, place };
  });
}

/** Reads actions, policies, inventory and settings from where `agent-safe.yaml` says, or from where they usually are. */
export function readPythonProject(dir: string): PythonProject {
  const problems: Problem[] = [];
  const config = readConfig(dir, problems);
  const at = (path: string): { path: string; name: string } => {
    const full = resolve(dir, path);
    return { path: full, name: relative(dir, full) || path };
  };
  const registry = at(config.value.registry ?? "actions");
  const policies = at(config.value.policies ?? "policies");
  const inventory = at(config.value.inventory ?? "inventory.yaml");
  const actions = readActions(readFolder(registry.path, registry.name, problems));
  const rules = readFolder(policies.path, policies.name, problems).flatMap(({ name, file }): RuleFile[] => {
    const read = pythonPolicies(file.value, file.top);
    return read ? [{ name: name.replace(/\.ya?ml$/, ""), place: file.top, rules: read.value.rules }] : [];
  });
  let targets: Placed<PythonTarget>[] = [];
  if (existsSync(inventory.path)) {
    const file = readOne(inventory.path, inventory.name, problems);
    if (file) targets = readTargets(file);
  } else {
    warn(
      emptyPlace(inventory.name, problems),
      "is missing: without an inventory every target is unknown, and rules that name no targets decide alone",
    );
  }
  return { config, actions, policies: rules, targets, problems };
}
