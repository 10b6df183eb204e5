import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { Command } from "commander";
import { registerAudit } from "../../cli/commands/audit.ts";
import { plainText } from "../../controller/audit/text.ts";
import { folder, intent, newSigner, ORIGIN, openLog, sampleLog } from "./support.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Runs the command as a process of its own, as a user would. */
function audit(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(import.meta.dirname, "cli-main.ts"), "audit", ...args],
      { cwd: ROOT },
      (error, out, err) => {
        resolve({ code: error ? Number(error.code) : 0, out, err });
      },
    );
  });
}

test("verify: exit statuses, keys, checkpoints, several logs", async (t) => {
  const { dir, signer } = await sampleLog(t, 30);
  const home = await folder(t);
  const keys = join(home, "keys");
  await writeFile(keys, `# the controller's\n${signer.verifier.vkey}\n`);
  const good = await audit("verify", "--log", dir, "--keys", keys);
  t.is(good.code, 0, good.err);
  t.regex(good.out, /^ok {2}agent-safe\//u);
  t.regex(good.out, /unanchored/u);

  const checkpoint = join(home, "checkpoint");
  await writeFile(checkpoint, await readFile(join(dir, "checkpoint")));
  t.is((await audit("verify", "--log", dir, "--require-anchor")).code, 6);
  t.is((await audit("verify", "--log", dir, "--require-anchor", "--checkpoint", checkpoint)).code, 0);
  t.is((await audit("verify", "--log", join(home, "absent"))).code, 2);
  t.is((await audit("verify", "--log", dir, "--keys", join(home, "absent"))).code, 2);
  t.is((await audit("verify", "--log", home)).code, 2, "a folder without a log");

  const other = await newSigner(ORIGIN.replace("controller", "executor"));
  await mkdir(join(home, "logs"));
  for (const one of [signer, other]) {
    const log = await openLog(join(home, "logs", one.origin.split("/").at(-1) ?? ""), one);
    await log.append(intent("a"));
    await log.close();
  }
  const both = await audit("verify", "--log", join(home, "logs"), "-o", "json");
  t.like(JSON.parse(both.out), { exit: 0, logs: [{ exit: 0 }, { exit: 0, origin: other.origin }] });
  t.is((await audit("verify", "--log", join(home, "logs"), "--keys", keys)).code, 5, "the executor's key is not given");
});

test("show: nothing that an agent wrote reaches the terminal as a command or breaks a line", async (t) => {
  const dir = join(await folder(t), "controller");
  const log = await openLog(dir, await newSigner());
  const evil =
    "\u001b[2J\u001b]0;owned\u0007\r\n     9  2026-01-01T00:00:00.000Z  decision.made  forged\u202e\u2066\u2028\u009b31m\u0000";
  await log.append({
    ...intent("u"),
    action: { uid: "u", ns: evil, name: evil, ref: evil },
    actor: { kind: "agent", username: evil },
    target: { id: evil },
    data: { reason: evil, [evil]: evil, nested: { [evil]: [evil] } },
  });
  await log.close();
  for (const args of [[], ["-o", "wide"], ["-o", "json"], ["-o", "yaml"]]) {
    const { code, out } = await audit("show", "--log", dir, "--last", "1", ...args);
    t.is(code, 0);
    t.deepEqual(out.replaceAll("\n", "").match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u), null, args.join(" "));
    if (!args.includes("yaml")) t.is(out.split("\n").length, 2, "one line");
  }
});

test("show: filters", async (t) => {
  const dir = join(await folder(t), "controller");
  const log = await openLog(dir, await newSigner());
  for (const uid of ["a", "b", "c"]) await log.append(intent(uid));
  await log.append({
    type: "decision.made",
    action: { uid: "a", ns: "agents", name: "r-a" },
    data: { result: "deny" },
  });
  await log.close();
  const count = async (...args: string[]) => (await audit("show", "--log", dir, ...args)).out.split("\n").length - 1;
  t.is(await count(), 6);
  t.is(await count("--last", "2"), 2);
  t.is(await count("--type", "execution.*"), 3);
  t.is(await count("--request", "agents/r-a"), 2);
  t.is(await count("--request", "a", "--type", "decision.made"), 1);
  t.is(await count("--since", "1h"), 6);
  t.is(await count("--since", "2999-01-01"), 0);
  t.is((await audit("show", "--log", dir, "--since", "soon")).code, 2);
});

test("show --follow prints events as they come", async (t) => {
  const dir = join(await folder(t), "controller");
  const log = await openLog(dir, await newSigner());
  const child = execFile(process.execPath, [
    join(import.meta.dirname, "cli-main.ts"),
    "audit",
    "show",
    "--log",
    dir,
    "-f",
    "--last",
    "0",
  ]);
  let out = "";
  child.stdout?.on("data", (text: string) => {
    out += text;
  });
  const until = Date.now() + 60_000;
  for (let i = 0; !out.includes("execution.intent") && Date.now() < until; i++) {
    await log.append(intent(`u${i}`));
    await new Promise((done) => setTimeout(done, 100));
  }
  t.regex(out, /execution\.intent {2,}agents\/r-u/u);
  child.kill("SIGINT");
  await new Promise((done) => child.once("close", done));
  await log.close();
});

test("plainText keeps letters of every language and cuts what is long", (t) => {
  t.is(plainText("Überprüfung 審査 ok"), "Überprüfung 審査 ok");
  t.is(plainText("a\\n"), "a\\\\n", "a written escape can't pose as one");
  t.is(plainText("x".repeat(500), 10), "xxxxxxxxx…");
});

test("the commands are registered under audit", (t) => {
  const program = new Command();
  registerAudit(program);
  t.deepEqual(
    program.commands.flatMap((c) => c.commands.map((s) => s.name())),
    ["verify", "show"],
  );
});
