import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { createGit } from "../../controller/approval/git/run.ts";
import { useCluster } from "../support/cluster.ts";
import { startStack, type TestStack } from "../support/stack.ts";
import { finished, namespace, reasonOf, type TestAgent, testAgent, until } from "./support/agent.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cluster = await useCluster({ own: true });
let stack: TestStack;
let bot: TestAgent;
test.before(async () => {
  stack = await startStack({ cluster });
  bot = testAgent(cluster, stack.agents["deploy-bot"] ?? "");
});

/** The command line as somebody with the admin's kubeconfig types it. */
async function cli(...args: string[]): Promise<{ code: number | null; text: string }> {
  const env = { ...process.env, KUBECONFIG: cluster.admin.kubeconfig };
  const child = spawn(process.execPath, ["cli/agent-safe.ts", ...args], { cwd: root, env });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk) => (text += chunk));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, text };
}

const restart = { action: "restart-deployment", target: "prod/api-server" };
const opened = async () => {
  const name = await bot.ask(restart);
  return until(cluster, name, ({ status }) => status?.approval?.headSHA !== undefined);
};
const nameOf = ({ metadata }: { metadata: { name: string } }) => `${namespace}/${metadata.name}`;

test.serial(
  "what policy sends to people waits, a signed review approves it, it is carried out, and the record is in Git",
  async (t) => {
    const waiting = await opened();
    t.is(reasonOf(waiting, "Ready"), "AwaitingApproval");
    const listed = await cli("approval", "list");
    t.true(listed.text.includes(nameOf(waiting)), listed.text);
    const approved = await cli("approval", "approve", nameOf(waiting), "--as", "bob", "--reason", "looked at it");
    t.is(approved.code, 0, approved.text);
    const done = await finished(cluster, waiting.metadata.name);
    t.is(reasonOf(done, "Ready"), "Succeeded", JSON.stringify(done.status?.conditions));
    t.is(reasonOf(done, "Approved"), "Approved");
    t.deepEqual(done.status?.approval?.approvers, ["bob"]);
    const settled = await until(cluster, waiting.metadata.name, ({ status }) => status?.settled === true);
    const { folder = "", receipt, branch } = settled.status?.approval ?? {};
    const git = createGit({ directory: join(stack.home, "approvals.git") });
    t.truthy(receipt);
    const outcome = JSON.parse(await git(["show", `main:${folder.replace("requests/", "outcomes/")}/receipt.json`]));
    t.like(outcome, { execution: { result: "SUCCESS" }, approval: { digest: settled.status?.approval?.digest } });
    t.is(await git(["for-each-ref", `refs/heads/${branch}`]), "");
    const envelope = join(cluster.scratch, "envelope.json");
    writeFileSync(envelope, await git(["show", `main:${folder}/envelope.json`]));
    const { digest = "" } = settled.status?.approval ?? {};
    t.is((await cli("approval", "verify", envelope, "--digest", digest)).code, 0);
    t.is((await cli("approval", "verify", envelope, "--digest", `sha256:${"0".repeat(64)}`)).code, 1);
  },
);

test.serial("a signed denial denies, and nothing is carried out", async (t) => {
  const waiting = await opened();
  t.is((await cli("approval", "deny", nameOf(waiting), "--as", "carol")).code, 0);
  const done = await finished(cluster, waiting.metadata.name);
  t.is(reasonOf(done, "Ready"), "Denied");
  t.is(reasonOf(done, "Denied"), "Rejected");
  t.is(done.status?.claim, undefined);
  await until(cluster, waiting.metadata.name, ({ status }) => status?.settled === true);
});

test.serial("the agent's owner approves nothing, nor does a stranger, an unsigned review or a merge", async (t) => {
  const waiting = await opened();
  const { name } = waiting.metadata;
  const { branch = "", headSHA = "", digest = "" } = waiting.status?.approval ?? {};
  t.is((await cli("approval", "approve", nameOf(waiting), "--as", "alice")).code, 0);
  const seen = await until(cluster, name, ({ status }) => (status?.approval?.votes?.length ?? 0) > 0);
  t.like(seen.status?.approval?.votes?.[0], { userId: "alice", counted: false, reason: "owns agent deploy-bot" });
  const git = createGit({ directory: join(stack.home, "approvals.git") });
  const uid = waiting.metadata.uid ?? "";
  const message = `Approve request ${uid}\n\nAgent-Safe-Review: 1\nVerdict: approve\nDigest: ${digest}\nRequest: ${uid}\nRound: 1\n`;
  const forged = await git(["commit-tree", `${headSHA}^{tree}`, "-p", headSHA, "-F", "-"], {
    input: message,
    config: ["user.name=bob", "user.email=bob@example.com"],
  });
  await git(["update-ref", `refs/heads/agent-safe/reviews/${uid}/r1/bob`, forged.trim()]);
  await git(["update-ref", "refs/heads/main", headSHA]);
  const merged = await until(cluster, name, ({ status }) => /approves nothing/.test(status?.approval?.message ?? ""));
  t.is(reasonOf(merged, "Ready"), "AwaitingApproval");
  t.is(merged.status?.ticket, undefined);
  t.true((await git(["rev-parse", branch])).length > 0);
  await bot.kubectl(["annotate", "areq", name, "-n", namespace, "agentsafe.dev/cancel=true"]);
  t.is(reasonOf(await finished(cluster, name), "Ready"), "Cancelled");
  await until(cluster, name, ({ status }) => status?.settled === true);
});

test.serial("a push to the round's branch voids it, and another round is opened", async (t) => {
  const waiting = await opened();
  const { branch = "", headSHA = "" } = waiting.status?.approval ?? {};
  const git = createGit({ directory: join(stack.home, "approvals.git") });
  const more = await git(["commit-tree", `${headSHA}^{tree}`, "-p", headSHA, "-m", "more"], {
    config: ["user.name=m", "user.email=m@example.com"],
  });
  await git(["update-ref", `refs/heads/${branch}`, more.trim()]);
  const second = await until(
    cluster,
    waiting.metadata.name,
    ({ status }) => status?.approval?.round === 2 && status.approval.headSHA !== undefined,
  );
  t.not(second.status?.approval?.digest, waiting.status?.approval?.digest);
  t.is((await cli("approval", "approve", nameOf(second), "--as", "bob")).code, 0);
  t.is(reasonOf(await finished(cluster, second.metadata.name), "Ready"), "Succeeded");
});

test.serial("a controller that dies at any step of a round leaves one branch, and goes on", async (t) => {
  t.timeout(400_000);
  const rounds = createGit({ directory: join(stack.home, "approvals.git") });
  const steps = ["round-begun", "round-opened", "round-logged", "round-approved", "round-written"];
  const odd = Date.now() % 2;
  // Each costs the wait for a lease whose holder was killed.
  const chosen = process.env.AGENT_SAFE_SOAK === "1" ? steps : steps.filter((_, index) => index % 2 === odd);
  t.log(`killed at ${chosen.join(", ")}`);
  for (const step of chosen) {
    await stack.controller.restart({ env: { AGENT_SAFE_FAILPOINT: step } });
    const name = await bot.ask(restart);
    if (step === "round-approved") {
      await until(cluster, name, ({ status }) => status?.approval?.headSHA !== undefined);
      t.is((await cli("approval", "approve", `${namespace}/${name}`, "--as", "bob")).code, 0);
    }
    await stack.controller.exited();
    await stack.controller.restart();
    const open = await until(cluster, name, ({ status }) => status?.approval?.headSHA !== undefined);
    if (open.status?.approval?.verdict === "Pending") await cli("approval", "approve", nameOf(open), "--as", "bob");
    const done = await finished(cluster, name);
    t.is(reasonOf(done, "Ready"), "Succeeded", `${step}: ${JSON.stringify(done.status?.conditions)}`);
    t.is(done.status?.approval?.round, 1, step);
    const heads = await rounds(["for-each-ref", "--format=%(refname)", "refs/heads/agent-safe/"]);
    const ofRound = heads.split("\n").filter((ref) => ref.includes(`${done.metadata.uid}/r1-`));
    t.true(new Set(ofRound.map((ref) => ref.split("/").at(-1))).size <= 1, `${step}: ${ofRound.join(" ")}`);
  }
});

test.serial("what is over is tidied without its provider too, and what is new says that there is none", async (t) => {
  const local = JSON.parse((await cluster.kubectl(["get", "aprov", "local", "-o", "json"])).stdout);
  const waiting = await opened();
  await cluster.kubectl(["delete", "aprov", "local"]);
  await bot.kubectl(["annotate", "areq", waiting.metadata.name, "-n", namespace, "agentsafe.dev/cancel=true"]);
  await until(cluster, waiting.metadata.name, ({ status }) => status?.settled === true);
  const asked = await bot.ask(restart);
  const alone = await until(cluster, asked, ({ status }) =>
    /no approval provider is configured/.test(status?.conditions?.find(({ type }) => type === "Ready")?.message ?? ""),
  );
  t.is(alone.status?.approval, undefined);
  const { apiVersion, kind, spec } = local;
  const again = JSON.stringify({ apiVersion, kind, metadata: { name: "local" }, spec });
  t.is((await cluster.kubectl(["apply", "-f", "-"], { input: again })).code, 0);
  await until(cluster, asked, ({ status }) => status?.approval?.headSHA !== undefined);
});

test.serial("every approval is in the log, and the log verifies", async (t) => {
  const verified = await cli("audit", "verify", "--log", stack.auditDirectory);
  t.is(verified.code, 0, verified.text);
  const shown = await cli("audit", "show", "--log", stack.auditDirectory, "--last", "2000");
  for (const type of [
    "approval.round.opened",
    "approval.vote",
    "approval.approved",
    "approval.denied",
    "approval.void",
  ]) {
    t.true(shown.text.includes(type), type);
  }
});
