import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { type CryptoKey, importJWK, type JWK } from "jose";
import { issueTicket } from "../../controller/tickets/issue.ts";

const cli = fileURLToPath(new URL("../../cli/agent-safe.ts", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "agent-safe-tokens-"));
test.after.always(() => rmSync(dir, { recursive: true, force: true }));

const ISSUER = "https://issuer.example";
const pair = generateKeyPairSync("ed25519");
const jwkOf = (key: typeof pair.publicKey) => ({ ...key.export({ format: "jwk" }), kid: "k1" });
const file = (name: string, content: string) => {
  writeFileSync(join(dir, name), content, { mode: 0o600 });
  return join(dir, name);
};
const privateKey = file("issuer.jwk", JSON.stringify(jwkOf(pair.privateKey)));
const jwks = file("jwks.json", JSON.stringify({ keys: [jwkOf(pair.publicKey)] }));
const sharedKey = file("shared.key", `${"s".repeat(32)}\n`);
const CANARY = "canary-of-a-short-key";
const shortKey = file("short.key", CANARY);

interface Run {
  code: number | null;
  out: string;
  err: string;
}

/** Several at once are cheaper than one after the other: each is a process. */
function run(args: string[], input = ""): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], { cwd: dir, stdio: "pipe" });
    const result: Run = { code: null, out: "", err: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (result.out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (result.err += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ ...result, code }));
    child.stdin.end(input);
  });
}

const verifyBy = ["--issuer", ISSUER, "--jwks", jwks];

test.serial("a token is minted, a part of it lent twice, and each verified", async (t) => {
  const mint = ["agent", "token", "deploy-bot", "--issuer", ISSUER, "--roles", "deployer,reader", "--ttl", "30m"];
  const minted = await run([...mint, "--key-file", privateKey, "-o", "json"]);
  t.is(minted.code, 0, minted.err);
  const { token } = JSON.parse(minted.out) as { token: string };
  const lent = await run(
    [
      ...["delegation", "create", "-", "--to", "helper", "--roles", "deployer", "--actions", "restart-*"],
      ...["--targets", "dev/*", "--max-depth", "2", "--key-file", privateKey],
    ],
    token,
  );
  t.is(lent.code, 0, lent.err);
  const child = lent.out.trim();
  const [again, wide, deep, verified, wrong] = await Promise.all([
    run(["delegation", "create", child, "--to", "intern", "--key-file", privateKey, "-o", "json"]),
    run(["delegation", "create", child, "--to", "intern", "--roles", "reader", "--key-file", privateKey]),
    run(["delegation", "create", child, "--to", "intern", "--max-depth", "5", "--key-file", privateKey, "-o", "json"]),
    run(["delegation", "verify", child, ...verifyBy]),
    run(["delegation", "verify", child, "--issuer", ISSUER, "--shared-key-file", sharedKey, "-o", "json"]),
  ]);
  t.like(JSON.parse(again.out), { valid: true, subject: "deploy-bot/helper/intern", depth: 2, roles: [] });
  t.is(wide.code, 1);
  t.regex(wide.err, /refused: roles: the parent has not "reader" \(NOT_NARROWER\)/);
  t.is(deep.code, 1);
  t.like(JSON.parse(deep.out), { valid: false, code: "TOO_DEEP" });
  t.is(verified.code, 0);
  t.regex(verified.out, /Subject: +deploy-bot\/helper\n/);
  t.regex(verified.out, /deploy-bot +deployer, reader .*restart-\*/);
  t.is(wrong.code, 1);
  t.like(JSON.parse(wrong.out), { valid: false, code: "WRONG_ALGORITHM" });

  const { tokenId } = JSON.parse(minted.out) as { tokenId: string };
  const revoked = await run([
    "delegation",
    "verify",
    child,
    ...verifyBy,
    "--revoked",
    file("revoked", `# old\n${tokenId}\n`),
  ]);
  t.is(revoked.code, 1);
  t.regex(revoked.err, /was revoked \(REVOKED\)/);
});

test.serial("issuers and Agents come from the project when it has them", async (t) => {
  file(
    "agent-safe.yaml",
    `identity:\n  issuers:\n  - {issuer: "${ISSUER}", audience: agent-safe, jwksFile: jwks.json}\n`,
  );
  file(
    "agents.yaml",
    `apiVersion: agentsafe.dev/v1alpha1
kind: Agent
metadata: {name: deploy-bot}
spec:
  subjects: [{kind: JWT, issuer: "${ISSUER}", subject: sub-1}]
  roles: [deployer]
  groups: [web]
`,
  );
  const mint = ["agent", "token", "deploy-bot", "--key-file", privateKey];
  const [minted, more] = await Promise.all([run(mint), run([...mint, "--roles", "admin"])]);
  t.is(minted.code, 0, minted.err);
  t.is(more.code, 1);
  t.regex(more.err, /the Agent has not admin/);
  const verified = await run(["delegation", "verify", "-", "-o", "json"], minted.out);
  t.is(verified.code, 0, verified.err);
  t.like(JSON.parse(verified.out), {
    subject: "sub-1",
    roles: ["deployer"],
    groups: ["web"],
    audience: "agent-safe",
    depth: 0,
  });
  file("agent-safe.yaml", "");
  rmSync(join(dir, "agents.yaml"));
});

test.serial("mistakes are usage errors or say what to mend, and no key is ever shown", async (t) => {
  const mint = ["agent", "token", "x", "--issuer", ISSUER, "--key-file"];
  const [noKeys, noIssuer, short, noFile, ttl, depth] = await Promise.all([
    run(["delegation", "verify", "x", "--issuer", ISSUER]),
    run(["delegation", "verify", "x", "--jwks", jwks]),
    run([...mint, shortKey]),
    run([...mint, join(dir, "none")]),
    run([...mint, privateKey, "--ttl", "soon"]),
    run(["delegation", "create", "x", "--to", "y", "--key-file", privateKey, "--max-depth", "6"]),
  ]);
  t.deepEqual([noKeys.code, noIssuer.code, ttl.code, depth.code], [2, 2, 2, 2]);
  t.deepEqual([short.code, noFile.code], [1, 1]);
  t.regex(short.err, /at least 32 bytes/);
  for (const { out, err } of [short, noFile, ttl]) t.false(`${out}${err}`.includes(CANARY));
  const http = await run(["delegation", "verify", "x", "--issuer", ISSUER, "--jwks", "http://keys.example/jwks"]);
  t.is(http.code, 1);
  t.regex(http.err, /by https only/);
});

test.serial("a ticket is verified by a file of keys, and held against what is expected", async (t) => {
  const key = (await importJWK(jwkOf(pair.privateKey) as JWK, "EdDSA")) as CryptoKey;
  const signer = { kid: "k1", issuer: "agent-safe/c-1", key };
  const digest = `sha256:${"0".repeat(64)}`;
  const subject = {
    ...{ requestUid: "u-1", ticketId: "t-1", audience: "agent-safe-executor", attempt: 1, params: digest },
    request: { namespace: "agents", name: "restart-web" },
    action: { name: "restart-deployment", digest },
    target: { id: "dev/web", digest },
    agent: { id: "deploy-bot", digest },
  };
  const { token } = await issueTicket(signer, subject, { now: Date.now() });
  const { token: old } = await issueTicket(signer, subject, { now: Date.now() - 3_600_000 });
  const verify = ["ticket", "verify", token, "--jwks", jwks];
  const [good, json, action, target, audience, issuer, expired, identity] = await Promise.all([
    run([...verify, "--action", "restart-deployment", "--target", "dev/web"]),
    run([...verify, "-o", "json"]),
    run([...verify, "--action", "delete-pod", "-o", "json"]),
    run([...verify, "--target", "prod/web"]),
    run([...verify, "--audience", "another", "-o", "json"]),
    run([...verify, "--issuer", "agent-safe/c-2", "-o", "json"]),
    run(["ticket", "verify", old, "--jwks", jwks, "-o", "json"]),
    // A ticket is no identity, although the same key signed it.
    run(["delegation", "verify", token, "--issuer", "agent-safe/c-1", "--jwks", jwks, "-o", "json"]),
  ]);
  t.is(good.code, 0, good.err);
  t.regex(good.out, /Request: +agents\/restart-web \(u-1\)/);
  t.like(JSON.parse(json.out), { valid: true, jti: "t-1", attempt: 1 });
  t.like(JSON.parse(action.out), { valid: false, code: "WRONG_ACTION" });
  t.regex(target.err, /for the target dev\/web, not prod\/web/);
  t.like(JSON.parse(audience.out), { code: "WRONG_AUDIENCE" });
  t.like(JSON.parse(issuer.out), { code: "WRONG_ISSUER" });
  t.like(JSON.parse(expired.out), { code: "EXPIRED" });
  t.like(JSON.parse(identity.out), { code: "WRONG_TYPE" });
  t.deepEqual(
    [action, target, audience, issuer, expired, identity].map(({ code }) => code),
    [1, 1, 1, 1, 1, 1],
  );
});

test.serial("check judges the holder of a token; one that is not good is a denial, whoever it names", async (t) => {
  file(
    "agent-safe.yaml",
    `identity:\n  issuers:\n  - {issuer: "${ISSUER}", jwksFile: jwks.json}\n  revokedFile: gone\n`,
  );
  file("gone", "");
  file(
    "rules.yaml",
    `apiVersion: agentsafe.dev/v1alpha1
kind: Agent
metadata: {name: deploy-bot}
spec:
  subjects: [{kind: JWT, issuer: "${ISSUER}", subject: deploy-bot}]
  roles: [deployer]
---
apiVersion: agentsafe.dev/v1alpha1
kind: Action
metadata: {name: restart}
spec:
  version: 1.0.0
  description: restart
  riskClass: low
  targetTypes: [k8s-deployment]
  execution: {kubernetes: {verb: get, resource: deployments, namespace: dev, name: web}}
---
apiVersion: agentsafe.dev/v1alpha1
kind: Target
metadata: {name: web}
spec:
  {id: dev/web, type: k8s-deployment, environment: dev, sensitivity: public, owner: web,
   resource: {kubernetes: {apiVersion: apps/v1, kind: Deployment, namespace: dev, name: web}}}
---
apiVersion: agentsafe.dev/v1alpha1
kind: ActionPolicy
metadata: {name: p}
spec:
  rules: [{name: deployers, match: {callers: {roles: [deployer]}}, decision: allow, reason: deployers may}]
`,
  );
  const minted = await run(["agent", "token", "deploy-bot", "--key-file", privateKey, "-o", "json"]);
  const { token, tokenId } = JSON.parse(minted.out) as { token: string; tokenId: string };
  const lend = ["delegation", "create", token, "--to", "helper", "--key-file", privateKey];
  const [lent, scoped] = await Promise.all([
    run([...lend, "--roles", "deployer"]),
    run([...lend, "--roles", "deployer", "--targets", "prod/*"]),
  ]);
  const check = ["check", "restart", "-t", "dev/web", "-o", "json", "--token"];
  const [own, delegated, outside, bare, both] = await Promise.all([
    run([...check, token]),
    run([...check, "-"], lent.out),
    run([...check, scoped.out.trim()]),
    run([...check, "deploy-bot"]),
    run([...check, token, "--agent", "deploy-bot"]),
  ]);
  t.is(own.code, 0, own.err + own.out);
  t.is(delegated.code, 0, delegated.err + delegated.out);
  t.is(outside.code, 10);
  t.like(JSON.parse(outside.out), { cause: "OutOfScope" });
  t.is(bare.code, 10);
  t.regex(bare.out, /the token is not accepted: the token is not a JWT/);
  t.is(both.code, 2);
  file("gone", `${tokenId}\n`);
  const revoked = await run([...check, lent.out.trim()]);
  t.is(revoked.code, 10);
  t.regex(revoked.out, /was revoked/);
});
