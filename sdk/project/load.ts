import type { Kind } from "../../controller/api/resources.ts";
import type {
  Action,
  ActionPlan,
  ActionPolicy,
  ActionRequest,
  Agent,
  Delegation,
  KubernetesObject,
  RiskProfile,
  Target,
} from "../../controller/api/types.ts";
import { AgentIndex } from "../../controller/identity/agent-index.ts";
import { PolicyEngine } from "../../controller/policy/engine.ts";
import type { Profile } from "../../controller/policy/types.ts";
import { checkMeaning, type Definition, isOurs, readDefinition } from "./definitions.ts";
import { type Position, parseDocuments, type SourceDocument } from "./documents.ts";
import { findFiles, readText, shownPath } from "./files.ts";
import { compareProblems, type Problem } from "./problem.ts";
import { referenceProblems } from "./references.ts";
import { isTestFile, readTestFile, type TestFile } from "./test-file.ts";

/** A project's files, read, checked and compiled. */
export interface Project {
  profile: Profile;
  /** Files that were read, in order. */
  files: readonly string[];
  engine: PolicyEngine;
  agents: AgentIndex;
  /** RiskProfiles by name. */
  profiles: ReadonlyMap<string, RiskProfile>;
  actions: readonly Action[];
  policies: readonly ActionPolicy[];
  targets: readonly Target[];
  agentObjects: readonly Agent[];
  requests: readonly ActionRequest[];
  plans: readonly ActionPlan[];
  delegations: readonly Delegation[];
  /** How many objects of our kinds are sound, those of the kinds that are not listed here included. */
  objects: number;
  tests: readonly TestFile[];
  /** All that is wrong, by file and line. Objects with errors are not in the engine. */
  problems: readonly Problem[];
  /** Where a field of one of these objects stands; undefined for an object that is not of this project. */
  locate(object: KubernetesObject, path: string): ({ file: string } & Position) | undefined;
  /** The document that an object of this project was read from. */
  sourceOf(object: KubernetesObject): SourceDocument | undefined;
}

export interface LoadOptions {
  /** A folder or a file, or several. */
  dir: string | readonly string[];
  profile?: Profile;
  /** Problems name files relative to it; default the process's. */
  cwd?: string;
  /** These files are not the whole project: what they name may be elsewhere. */
  partial?: boolean;
}

/** Kinds that ask for something; an error in one of them leaves the rules as they are. */
const ASKING: ReadonlySet<string> = new Set(["ActionRequest", "ActionPlan", "Delegation", "Test"]);

/** Errors that make decisions untrustworthy: everything but those in requests, plans, delegations and tests. */
export function blockingErrors(project: Project): Problem[] {
  return project.problems.filter(({ severity, kind }) => severity === "error" && !ASKING.has(kind ?? ""));
}

/** Reads all documents of our kinds below the folders. Never throws for what a file holds: everything that is wrong is in `problems`, at once. */
export async function loadProject(options: LoadOptions): Promise<Project> {
  const profile = options.profile ?? "strict";
  const cwd = options.cwd ?? process.cwd();
  const problems: Problem[] = [];
  const definitions: Definition[] = [];
  const tests: TestFile[] = [];
  const files: string[] = [];
  const seen = new Set<string>();
  for (const dir of [options.dir].flat()) {
    for (const path of await findFiles(dir, problems, cwd)) {
      const name = shownPath(path, cwd);
      if (seen.has(name)) continue;
      seen.add(name);
      const file = await readText(path, problems, cwd);
      if (!file) continue;
      files.push(name);
      for (const source of parseDocuments(file.name, file.text, problems)) {
        if (isOurs(source.value)) {
          const definition = readDefinition(source, problems, profile);
          if (definition) definitions.push(definition);
        } else if (isTestFile(source.value)) tests.push(readTestFile(source, problems));
      }
    }
  }
  return compile({ profile, files, definitions, tests, problems, partial: options.partial === true });
}

interface Parts {
  profile: Profile;
  files: string[];
  definitions: Definition[];
  tests: TestFile[];
  problems: Problem[];
  partial: boolean;
}

function compile({ profile, files, definitions, tests, problems, partial }: Parts): Project {
  const catalog = new Map<string, Action>();
  for (const { kind, object } of definitions)
    if (kind === "Action") catalog.set(object.metadata.name, object as Action);
  const sound = definitions.filter((definition) =>
    checkMeaning(definition, { profile, ...(!partial && { actions: catalog }) }, problems),
  );
  if (!partial) problems.push(...referenceProblems(sound, profile));
  const of = <T extends KubernetesObject>(kind: string): T[] =>
    sound.filter((definition) => definition.kind === (kind as Kind)).map(({ object }) => object as T);
  const sources = new Map<KubernetesObject, Definition["source"]>(sound.map(({ object, source }) => [object, source]));
  const engine = new PolicyEngine({ profile });
  const agents = new AgentIndex();
  const actions = of<Action>("Action");
  const policies = of<ActionPolicy>("ActionPolicy");
  const targets = of<Target>("Target");
  const agentObjects = of<Agent>("Agent");
  engine.replaceAll({ actions, policies, targets });
  for (const agent of agentObjects) agents.upsert(agent);
  return {
    profile,
    files,
    engine,
    agents,
    profiles: new Map(of<RiskProfile>("RiskProfile").map((item) => [item.metadata.name, item])),
    actions,
    policies,
    targets,
    agentObjects,
    requests: of<ActionRequest>("ActionRequest"),
    plans: of<ActionPlan>("ActionPlan"),
    delegations: of<Delegation>("Delegation"),
    objects: sound.length,
    tests,
    problems: problems.sort(compareProblems),
    sourceOf: (object) => sources.get(object),
    locate: (object, path) => {
      const source = sources.get(object);
      return source && { file: source.file, ...source.locate(path) };
    },
  };
}
