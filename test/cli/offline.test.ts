import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { folder } from "../sdk/project/support.ts";

const root = join(import.meta.dirname, "..", "..");

function agentSafe(cwd: string, args: readonly string[], input = "") {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME };
  const run = spawnSync(process.execPath, [join(root, "cli/agent-safe.ts"), ...args], {
    cwd,
    input,
    encoding: "utf8",
    env,
  });
  return { status: run.status, out: run.stdout, err: run.stderr };
}

test("a new project works at once, and init changes nothing that is there", (t) => {
  const dir = folder(t, { ".gitignore": "mine\n" });
  const made = agentSafe(dir, ["init"]);
  t.is(made.status, 0, made.err);
  t.is(readFileSync(join(dir, ".gitignore"), "utf8"), "mine\n");
  t.regex(made.out, /wrote agent-safe\.yaml\n/);
  const valid = agentSafe(dir, ["validate", "--strict-warnings"]);
  t.is(valid.status, 0, valid.err);
  const tested = agentSafe(dir, ["test", "--tap"]);
  t.is(tested.status, 0, tested.out);
  t.regex(tested.out, /^TAP version 14\n1\.\.12\nok 1 - dev is free\n/);

  const check = (...args: string[]) => agentSafe(dir, ["check", ...args]);
  const restart = ["restart-deployment", "--agent", "deploy-bot"];
  t.is(check(...restart, "--target", "dev/web").status, 0);
  const waits = check(...restart, "-t", "prod/web", "-o", "json");
  t.is(waits.status, 11);
  t.is(JSON.parse(waits.out).rule, "require-approval-prod");
  const nobody = check("restart-deployment", "-t", "dev/web", "-a", "deploy-bto", "-o", "yaml");
  t.is(nobody.status, 10);
  t.regex(nobody.out, /did you mean \\"deploy-bot\\"/);
  t.is(check(...restart, "--role", "admin").status, 2);
  t.is(check().status, 2);
  t.is(check(...restart, "--time", "tomorrow").status, 2);

  const explained = agentSafe(dir, ["policy", "explain", ...restart, "-t", "staging/web"]);
  t.is(explained.status, 0);
  t.regex(explained.out, /written at: +policies\/default\.yaml:\d+\n/);
  t.regex(
    explained.out,
    /require-approval-prod: require_approval, priority 500 .*\n +missed match\.targets\.environments: /,
  );
});

test("a file of requests is answered line by line; a malformed one fails in the end", (t) => {
  const dir = folder(t, {});
  agentSafe(dir, ["init"]);
  const caller = { agentId: "deploy-bot", roles: ["deployer"], groups: ["platform"] };
  const line = {
    action: "restart-deployment",
    target: "dev/web",
    params: {},
    caller,
    time: "2026-01-05T09:00:00Z",
    ticketId: null,
  };
  const lines = [
    JSON.stringify({ id: "a", ...line }),
    "{",
    JSON.stringify({ id: 3, ...line, caller: null }),
    JSON.stringify({ id: "\u001b[2J", ...line, action: "\u001b[2J" }),
  ];
  const { status, out, err } = agentSafe(dir, ["check", "--requests", "-"], `${lines.join("\n")}\n`);
  t.is(status, 1);
  t.false(out.includes("\u001b"));
  const answers = out
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text));
  const reason = "Everything is allowed in dev";
  t.deepEqual(answers[0], {
    id: "a",
    decision: "allow",
    rule: "allow-dev",
    riskClass: "medium",
    effectiveRisk: "low",
    reason,
  });
  t.deepEqual([answers[1].line, answers[2].decision, answers[3].decision], [2, "deny", "deny"]);
  t.is(answers[3].id, "\u001b[2J");
  t.regex(err, /-:2: /);
});

test("a project in error judges nothing; every error has its place", (t) => {
  const dir = folder(t, {});
  agentSafe(dir, ["init"]);
  const file = join(dir, "policies/default.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace("environments: [prod]", "enviroments: [prod]"));
  const checked = agentSafe(dir, ["check", "restart-deployment", "-t", "dev/web", "-a", "deploy-bot"]);
  t.is(checked.status, 1);
  t.is(checked.out, "");
  t.regex(
    checked.err,
    /policies\/default\.yaml:20:17: error: .*did you mean environments\?\nerror: the project has 1 error/,
  );
  const { status, out } = agentSafe(dir, ["validate", "-o", "json"]);
  t.is(status, 1);
  t.deepEqual([JSON.parse(out).errors, JSON.parse(out).problems[0].line], [1, 20]);
  writeFileSync(join(dir, "agent-safe.yaml"), "profil: compat\n");
  const settings = agentSafe(dir, ["list-actions"]);
  t.is(settings.status, 1);
  t.regex(settings.err, /agent-safe\.yaml:1:1: "profil" is no setting; did you mean profile\?/);
});

test("a test that fails, and a suite without tests, fail the command", (t) => {
  const dir = folder(t, {
    "own.yaml": "tests:\n- {name: x, action: restart-deployment, target: dev/web, expect: allow}\n",
    "none.yaml": "tests: []\n",
  });
  agentSafe(dir, ["init"]);
  const failed = agentSafe(dir, ["test", "own.yaml", "--junit", "report.xml"]);
  t.is(failed.status, 1);
  t.regex(failed.out, /FAIL {2}x \(own\.yaml:2\)\n.*expected allow, got deny/);
  t.regex(readFileSync(join(dir, "report.xml"), "utf8"), /<testsuite name="own\.yaml" tests="1" failures="1"/);
  t.is(agentSafe(dir, ["test", "none.yaml"]).status, 1);
  t.is(agentSafe(folder(t, {}), ["validate"]).status, 1, "nothing to check");
});

test("policy diff has the exit status of diff and a witness", (t) => {
  const dir = folder(t, {});
  agentSafe(dir, ["init", "a"]);
  agentSafe(dir, ["init", "b"]);
  t.is(agentSafe(dir, ["policy", "diff", "a", "b"]).status, 0);
  const file = join(dir, "b/policies/default.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace("      callers: {roles: [deployer]}\n", ""));
  const { status, out } = agentSafe(dir, ["policy", "diff", "a", "b", "-o", "json"]);
  t.is(status, 1);
  const [difference] = JSON.parse(out).differences;
  t.deepEqual([difference.change, difference.before.result, difference.after.result], ["wider", "deny", "allow"]);
  const line = JSON.stringify({ id: 1, ...difference.witness });
  for (const [project, decision] of [
    ["a", "deny"],
    ["b", "allow"],
  ] as const) {
    const answer = agentSafe(dir, ["check", "--dir", project, "--assume", "--requests", "-"], line);
    t.is(JSON.parse(answer.out).decision, decision, answer.err);
  }
  t.is(agentSafe(dir, ["policy", "diff", "a", "c"]).status, 2);
});

test("a file that holds nothing of ours is not called right", (t) => {
  const dir = folder(t, { "other.yaml": "kind: ConfigMap\napiVersion: v1\n" });
  agentSafe(dir, ["init"]);
  t.is(agentSafe(dir, ["validate"]).status, 0);
  const { status, out, err } = agentSafe(dir, ["validate", "other.yaml"]);
  t.deepEqual([status, out], [1, "1 file, 0 objects: 0 errors, 0 warnings\n"]);
  t.regex(err, /nothing of Agent-Safe is there/);
  t.regex(agentSafe(dir, ["validate", "providers"]).out, /^1 file, 1 object: 0 errors/);
});

test("a reader that goes away, or a full disk, ends no command by a stack trace", (t) => {
  const dir = folder(t, {});
  agentSafe(dir, ["init"]);
  const command = `"${process.execPath}" "${join(root, "cli/agent-safe.ts")}"`;
  const shell = (script: string) => spawnSync("bash", ["-c", script], { cwd: dir, encoding: "utf8" });
  // the status is that of what was decided
  const gone = shell(
    `{ ${command} check delete-namespace -t prod/payments -a deploy-bot; echo "status $?" >&2; } | true`,
  );
  t.is(gone.stderr, "status 10\n");
  const line = JSON.stringify({ action: "restart-deployment", target: "dev/web", caller: "deploy-bot" });
  writeFileSync(join(dir, "many.jsonl"), `${line}\n`.repeat(20_000));
  const some = shell(`${command} check --requests many.jsonl | head -1`);
  t.is(some.stderr, "");
  t.regex(some.stdout, /^\{.*"allow".*\}\n$/);
  const full = shell(`${command} list-actions > /dev/full`);
  t.is(full.status, 1);
  t.regex(full.stderr, /^error: can't write the output: ENOSPC/);
});
