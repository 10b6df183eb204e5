/**
 * The tour: nine scenes on the real system, each with what to look at and why. Exit 0 only if every one came out as told.
 * Uses what `npm start` runs; when nothing runs, starts it and stops it again at the end.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { scenes } from "./demo/scenes.ts";
import { connect, readReady } from "./demo/world.ts";
import { localHome } from "./lib/local-home.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const say = (line: string) => process.stdout.write(`${line}\n`);

function run(script: string, ...args: string[]): void {
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new Error(`node ${script} ended with ${status}`);
}

async function tour(): Promise<number> {
  const home = localHome(undefined);
  const running = readReady(home.ready) !== undefined;
  if (!running) {
    say("Nothing runs yet: starting it first.");
    run("hack/start.ts", "--detach");
  }
  try {
    const ready = readReady(home.ready);
    if (ready === undefined) throw new Error(`${home.ready} is missing: npm start did not come up`);
    const world = connect(ready, "deploy-bot");
    let failed = 0;
    for (const [index, scene] of scenes.entries()) {
      say(`\n${index + 1}. ${scene.title}\n   ${scene.why}\n`);
      try {
        await scene.play(world, (line) => say(`   ${line}`));
        say("   as told");
      } catch (error) {
        failed += 1;
        say(`   FAILED: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    say("\nAll requests:");
    say(await world.admin(["get", "areq", "-n", "agents"]));
    say("Check the log yourself:   npx agent-safe audit verify && npx agent-safe audit show");
    say(`\n${scenes.length - failed} of ${scenes.length} scenes came out as told.`);
    return failed;
  } finally {
    if (!running) run("hack/stop.ts");
  }
}

process.exitCode = (await tour()) === 0 ? 0 : 1;
