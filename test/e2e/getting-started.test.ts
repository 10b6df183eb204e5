import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The commands of the page in order, all blocks of one shell. Dependencies are installed already, or this would not run. */
function commandsOf(page: string): string {
  const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? "");
  return blocks.join("\n").replace(/^npm install$/m, "");
}

/** Runs a script in one shell that stops at the first failure. */
function shell(script: string, env: NodeJS.ProcessEnv): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-euo", "pipefail", "-c", script], {
      cwd: root,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}

test("the commands of docs/getting-started.md work as they are written", async (t) => {
  t.timeout(900_000);
  const home = mkdtempSync(join(tmpdir(), "agent-safe-getting-started-"));
  const env = { ...process.env, AGENT_SAFE_HOME: home };
  try {
    const script = commandsOf(readFileSync(`${root}docs/getting-started.md`, "utf8"));
    t.true(script.includes("npm start") && script.includes("npm stop"), "the page has its commands");
    const { code, output } = await shell(script, env);
    t.is(code, 0, output);
    t.regex(
      output,
      /restart-web\s+restart-deployment\s+dev\/web\s+system:serviceaccount:agents:deploy-bot\s+low\s+allow\s+Succeeded/,
    );
    t.regex(output, /restart-other .* Denied/);
    t.regex(output, /restart-prod-api .* AwaitingApproval/);
    t.regex(
      output,
      /^agents\/restart-prod-api +restart-deployment +prod\/api-server .*approvals\.git$/m,
      "it is listed",
    );
    t.regex(output, /restart-prod-api .* Succeeded .*\/approvals\.git +\["bob"\]/, "where, and who approved");
    t.regex(output, /^[0-9a-f]+ agents\/restart-prod-api: Succeeded$/m, "the receipt is in Git");
    t.regex(output, /restart-deploymnt[\s\S]*restart-deployment/, "the near name");
    t.regex(output, /9999/, "the bound");
    t.regex(output, /^ok {2}agent-safe\//m, "the log verifies");
  } finally {
    await shell("npm stop", env);
    rmSync(home, { recursive: true, force: true });
  }
});
