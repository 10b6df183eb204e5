import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { examplesOf } from "../sdk/examples.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface Run {
  command: string;
  wanted: number;
  status: number | null;
  output: string;
}

/** Runs the lines `npx agent-safe …` of a page's shell blocks in order; a comment `# exit N` says how a line ends. */
function runCommands(page: string, dir: string): Run[] {
  const text = readFileSync(join(root, page), "utf8");
  const lines = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap((match) => (match[1] ?? "").trim().split("\n"));
  return lines
    .filter((line) => line.startsWith("npx agent-safe "))
    .map((line) => {
      const [command = "", comment = ""] = line.split(/\s+#\s/);
      const args = command.slice("npx agent-safe ".length).split(" ");
      const env = { ...process.env, AGENT_SAFE_DIR: "", AGENT_SAFE_PROFILE: "" };
      const run = spawnSync(process.execPath, [join(root, "cli/agent-safe.ts"), ...args], {
        cwd: dir,
        env,
        encoding: "utf8",
      });
      const wanted = Number(/^exit (\d+)/.exec(comment)?.[1] ?? 0);
      // The files of the page are there once the project is.
      if (args[0] === "init") writeFiles(page, dir);
      return { command, wanted, status: run.status, output: `${run.stdout}${run.stderr}` };
    });
}

function writeFiles(page: string, dir: string): void {
  for (const { use, code } of examplesOf(page)) {
    mkdirSync(dirname(join(dir, use)), { recursive: true });
    writeFileSync(join(dir, use), code);
  }
}

test("writing-policies.md: every command ends as it says, on the page's own files", (t) => {
  const dir = mkdtempSync(join(tmpdir(), "agent-safe-guide-"));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const runs = runCommands("docs/writing-policies.md", dir);
  t.true(runs.length >= 15, `${runs.length} commands`);
  for (const { command, wanted, status, output } of runs) t.is(status, wanted, `${command}\n${output}`);
  t.true(examplesOf("docs/writing-policies.md").length >= 6);
});

test("writing-actions.md: the action is valid in a project, and can be allowed and asked for", (t) => {
  const dir = mkdtempSync(join(tmpdir(), "agent-safe-guide-"));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const cli = (...args: string[]) =>
    spawnSync(process.execPath, [join(root, "cli/agent-safe.ts"), ...args], { cwd: dir, encoding: "utf8" });
  t.is(cli("init", ".").status, 0);
  const text = readFileSync(join(root, "docs/writing-actions.md"), "utf8");
  const manifests = [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? "");
  writeFileSync(join(dir, "suspend-cronjob.yaml"), manifests.join("---\n"));
  const validated = cli("validate");
  t.is(validated.status, 0, `${validated.stdout}${validated.stderr}`);
  const asked = ["check", "suspend-cronjob", "--target", "dev/nightly-report", "--agent", "deploy-bot"];
  t.is(cli(...asked).status, 0);
  const refused = cli(...asked, "--param", "reason_code=Not-Plain");
  t.is(refused.status, 10, refused.stdout);
});
