import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { importProject } from "../../sdk/import/import-project.ts";
import { compare, newComparison } from "./compare.ts";
import { generateProject, writeProject } from "./generate-project.ts";
import { generateRequest, pythonJson } from "./generate-request.ts";
import { ensureOracle, startOracle } from "./oracle.ts";
import { makeOurs } from "./ours.ts";
import { Random } from "./random.ts";
import { type Recorded, VECTORS_FILE } from "./vectors.ts";

const PROJECTS = 50;
const EACH = 40;
const MOST_BYTES = 9_000;

/** Asks the Python project 2,000 questions and keeps the answers, so that they can be compared without it. */
export async function record(say: (line: string) => void): Promise<void> {
  const oracle = startOracle(await ensureOracle(say));
  const work = mkdtempSync(join(tmpdir(), "agent-safe-vectors-"));
  const lines: string[] = [];
  try {
    for (let number = 0; lines.length < PROJECTS; number++) {
      const random = new Random(77_000_000 + number);
      const project = generateProject(random);
      if (JSON.stringify(project.files).length > MOST_BYTES) continue;
      const dir = join(work, `p${number}`);
      writeProject(dir, project.files);
      let clock = 0;
      const requests = Array.from({ length: EACH }, () => {
        clock += 125 * random.int(0, 8);
        return pythonJson(generateRequest(random, project.actions, project.limited, clock));
      });
      const told = await oracle.ask(`{"dir":${JSON.stringify(dir)},"requests":[${requests.join(",")}]}`);
      if ("loadError" in told) continue;
      const result = newComparison();
      compare(makeOurs(importProject({ dir, profile: "compat" }).objects), requests, told.answers, result);
      const recorded: Recorded = { files: project.files, requests, answers: told.answers, meant: result.meant };
      lines.push(`${JSON.stringify(recorded)}\n`);
    }
    writeFileSync(VECTORS_FILE, gzipSync(lines.join(""), { level: 9 }));
  } finally {
    await oracle.close();
    rmSync(work, { recursive: true, force: true });
  }
}
