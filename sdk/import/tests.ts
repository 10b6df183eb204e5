import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import type { Profile } from "../../controller/policy/types.ts";
import type { Problem } from "../project/problem.ts";
import { readOne, yamlFilesBelow } from "./files.ts";
import { fault, type Place, warn } from "./problem.ts";
import { toJson } from "./shape.ts";
import { yamlText } from "./yaml-text.ts";

/** A test file of the project, as it goes into the new one. */
export interface PolicyTests {
  /** Below the project, as in `tests/policy_tests/default.yaml`. */
  path: string;
  content: string;
  callers: string[];
  cases: { name?: unknown; action?: unknown; target?: unknown }[];
  /** The file as it was read. */
  top: Place;
}

/** The agent that tests without a caller ask as, where they must ask as somebody. */
const NOBODY = "anonymous";

/** What YAML 1.2 reads, or undefined when it can't. */
function today(text: string): unknown {
  const document = parseDocument(text, { merge: true, logLevel: "silent" });
  return document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 1000 });
}

/** The file with a caller in every test: nobody is never allowed anything under `strict`. Comments stay. */
function withCallers(text: string, tests: unknown[]): string {
  const document = parseDocument(text, { logLevel: "silent" });
  for (const [i, test] of tests.entries()) {
    if ((test as { caller?: unknown } | null)?.caller == null) document.setIn(["tests", i, "caller"], NOBODY);
  }
  return document.toString({ lineWidth: 0 });
}

/** The project's policy tests: those files below `tests/` that have a list of them. They stay as they are where both YAMLs read the same. */
export function readTests(dir: string, profile: Profile, problems: Problem[]): PolicyTests[] {
  const folder = join(dir, "tests");
  return yamlFilesBelow(folder).flatMap((path): PolicyTests[] => {
    const name = `tests${path.slice(folder.length)}`;
    const unread: Problem[] = [];
    const file = readOne(path, name, unread);
    if (!file || !(file.value instanceof Map) || !file.value.has("tests")) return [];
    problems.push(...unread);
    const top: Place = { source: { ...file.top.source, problems }, path: [] };
    const value = toJson(file.value) as { tests: unknown };
    if (!Array.isArray(value.tests)) {
      fault(top, "tests must be a list");
      return [];
    }
    const text = readFileSync(path, "utf8");
    const same = JSON.stringify(today(text)) === JSON.stringify(value);
    if (!same) warn(top, "means something else in YAML 1.2; it is written anew with what YAML 1.1 reads in it");
    const callers = value.tests.map((test: { caller?: unknown } | null) => test?.caller ?? undefined);
    const named = callers.filter((caller): caller is string => typeof caller === "string" && caller !== "");
    const cases = value.tests.filter(
      (test): test is PolicyTests["cases"][number] => typeof test === "object" && test !== null,
    );
    const common = { path: name, cases, top };
    const content = same ? text : yamlText(value);
    if (profile === "compat" || !callers.includes(undefined)) return [{ ...common, content, callers: named }];
    warn(top, `tests without a caller ask as the agent ${NOBODY}: under strict nobody is never allowed anything`);
    return [{ ...common, content: withCallers(content, value.tests), callers: [...named, NOBODY] }];
  });
}
