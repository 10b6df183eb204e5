import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";

const root = fileURLToPath(new URL("../..", import.meta.url));

function npm(home: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, AGENT_SAFE_HOME: home };
    const child = spawn("npm", args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}

test("npm run demo alone: starts everything, all nine scenes come out as told, and stops it again", async (t) => {
  t.timeout(600_000);
  const home = mkdtempSync(join(tmpdir(), "agent-safe-demo-"));
  try {
    const { code, output } = await npm(home, "run", "demo");
    t.is(code, 0, output);
    t.regex(output, /9 of 9 scenes came out as told/);
    t.is(output.match(/^ {3}as told$/gm)?.length, 9, output);
    t.false(existsSync(join(home, "ready")), "nothing runs any more");
  } finally {
    await npm(home, "stop");
    rmSync(home, { recursive: true, force: true });
  }
});
