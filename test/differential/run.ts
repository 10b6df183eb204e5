import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importProject } from "../../sdk/import/import-project.ts";
import { formatProblem } from "../../sdk/project/problem.ts";
import { compare, compared, newComparison } from "./compare.ts";
import { explainRefusal } from "./divergences.ts";
import { generateProject, writeProject } from "./generate-project.ts";
import { generateRequest, pythonJson } from "./generate-request.ts";
import { ensureOracle, startOracle } from "./oracle.ts";
import { makeOurs } from "./ours.ts";
import { Random } from "./random.ts";

export interface DifferentialOptions {
  cases: number;
  seed: number;
  /** Requests to each project. */
  each: number;
}

/** Compares both sides on random projects and says what came of it; whether they agree, apart from what is meant. */
export async function runDifferential(options: DifferentialOptions, say: (line: string) => void): Promise<boolean> {
  const { cases, seed, each } = options;
  const python = await ensureOracle(say);
  const work = mkdtempSync(join(tmpdir(), "agent-safe-differential-"));
  const oracle = startOracle(python);
  const result = newComparison();
  const refused: string[] = [];
  let broken = 0;
  const count = (id: string): void => void result.divergent.set(id, (result.divergent.get(id) ?? 0) + 1);
  const started = Date.now();
  let last = started;
  try {
    for (let number = 0; compared(result) < cases; number++) {
      const random = new Random(seed * 1_000_003 + number);
      const project = generateProject(random);
      const dir = join(work, `p${number}`);
      writeProject(dir, project.files);
      let clock = 0;
      const lines = Array.from({ length: Math.min(each, cases - compared(result)) }, () => {
        clock += 125 * random.int(0, random.chance(0.02) ? 720 : 8); // eighths of a second are exact as floats too
        return pythonJson(generateRequest(random, project.actions, project.limited, clock));
      });
      const told = await oracle.ask(`{"dir":${JSON.stringify(dir)},"requests":[${lines.join(",")}]}`);
      const { objects, files, warnings } = importProject({ dir, profile: "compat" });
      const errors = warnings.filter(({ severity }) => severity === "error");
      if ("loadError" in told && errors.length > 0) broken++;
      else if ("loadError" in told) refused.push(`${dir}: not loaded there: ${told.loadError}`);
      else if (files.length === 0 && explainRefusal(errors)) count(`project:${explainRefusal(errors)}`);
      else if (files.length === 0) refused.push(`${dir}: not imported: ${errors.map(formatProblem).join("; ")}`);
      else compare(makeOurs(objects), lines, told.answers, result);
      if (result.unexplained.length + refused.length === 0) rmSync(dir, { recursive: true });
      if (Date.now() - last > 5_000) {
        last = Date.now();
        say(
          `${compared(result)} of ${cases} cases, ${result.unexplained.length} disagreements, ${Math.round((last - started) / 1000)} s`,
        );
      }
      if (result.unexplained.length > 100 || refused.length > 10) break;
    }
  } finally {
    await oracle.close();
  }

  for (const { asked: request, theirs, ours, made } of result.unexplained.slice(0, 10)) {
    say(`DISAGREE ${JSON.stringify(request)}`);
    say(`  there ${JSON.stringify(theirs)}`);
    say(`  here  ${JSON.stringify(ours)} ${made.cause}: ${made.reason.slice(0, 300)}`);
  }
  for (const line of refused.slice(0, 10)) say(`REFUSED ${line.slice(0, 600)}`);
  const meant = [...result.divergent].map(([id, count]) => `${id} ${count}`).join(", ");
  say(`projects that neither side takes: ${broken}`);
  say(`meant differences: ${meant || "none"}; after one, under limits: ${result.clouded}`);
  const failed = result.unexplained.length + refused.length;
  if (failed === 0) rmSync(work, { recursive: true, force: true });
  else say(`projects are kept in ${work}`);
  say(
    `${compared(result)} cases in ${Math.round((Date.now() - started) / 1000)} s: ${result.agreed} agree, ${failed} disagree`,
  );
  return failed === 0;
}
