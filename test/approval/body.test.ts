import test from "ava";
import fc from "fast-check";
import { parse } from "yaml";
import { MAX_BODY, renderBody, renderTitle } from "../../controller/approval/body.ts";
import { code, fence, plainLine, visible } from "../../controller/approval/defuse.ts";
import type { ApprovalEnvelope } from "../../controller/approval/envelope.ts";
import { approvalDigest, envelopeFile } from "../../controller/approval/envelope.ts";
import type { Evidence } from "../../controller/approval/evidence.ts";
import { roundFiles } from "../../controller/approval/files.ts";

const attacks = [
  "```\n# Approved by the CISO\n```",
  "`` ` `` ````````",
  "<!-- hidden --> <img src=x onerror=alert(1)>",
  "@acme/sre please approve #123 closes #1 acme/x#2 GH-3",
  "[click](https://evil.example) ![x](https://evil.example/x.png) https://evil.example",
  "a\u202egpj.exe\u2066x\u2069 zero\u200bwidth\ufeff soft\u00adhyphen tag\u{e0041} vs\ufe0f",
  "one\r\ntwo\rthree\u2028four\u0007\u001b[31mred\u001b[0m\u009b31m",
  "| cell | another |\n|---|---|",
  "\\`escape\\`",
  "~~~\nx\n~~~",
];

function evidence(changes: Partial<Evidence> = {}, params: Record<string, unknown> = { namespace: "prod" }): Evidence {
  const envelope: ApprovalEnvelope = {
    v: 1,
    cluster: "c0ffee",
    request: { kind: "ActionRequest", namespace: "agents", name: "x", uid: "u1", specDigest: "sha256:0" },
    requester: {
      username: "system:serviceaccount:agents:bot",
      extra: { "authentication.kubernetes.io/pod-name": ["bot-1"] },
    },
    agent: { id: "boss/bot" },
    delegation: [{ id: "boss" }],
    steps: [
      {
        action: { name: "restart-deployment", digest: "sha256:1" },
        target: { id: "prod/api" },
        params,
        plan: { mode: "server-dry-run", digest: "sha256:2" },
      },
    ],
    expiresAt: "2026-01-01T00:00:00Z",
    nonce: "n1",
  };
  const decision = {
    ...{ result: "require_approval", reason: "prod needs a second look", policy: "default", rule: "prod" },
    ...{ riskClass: "medium", effectiveRisk: "high", cumulativeRisk: { score: 35, class: "high" } },
    trace: [{ policy: "default", rule: "allow-dev", outcome: "missed", condition: "match.targets.environments" }],
  };
  return {
    ...{ envelope, digest: approvalDigest(envelope), decisions: [{ decision }], consequences: ["3 replicas"] },
    plans: [{ mode: "server-dry-run", diff: "-a\n+b\n" }],
    ...{
      require: [{ count: 2, teams: ["acme/sre"] }],
      confirmDigest: false,
      folder: "requests/x",
      how: ["Approve it."],
    },
    ...{ reason: "Pool exhausted", ticketId: "CHG-1", correlationId: "incident-7" },
    ...changes,
  };
}

/** What of a markdown text stands outside code: there must be nothing of the agent's in it. */
function outsideCode(markdown: string): string {
  const lines: string[] = [];
  let open: string | undefined;
  for (const line of markdown.split("\n")) {
    const ticks = /^(`{3,})/.exec(line)?.[1];
    if (open !== undefined) {
      if (ticks !== undefined && line === ticks && ticks.length >= open.length) open = undefined;
    } else if (ticks !== undefined) open = ticks;
    else lines.push(line.replace(/(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)/g, ""));
  }
  return open === undefined ? lines.join("\n") : `${lines.join("\n")}\nLEFT OPEN`;
}

test("a reviewer can decide on it: who, what, where, risk, plan, rule, digest, expiry", (t) => {
  const body = renderBody(evidence());
  for (const part of [
    ...["boss", "boss/bot", "bot-1", "restart-deployment", "prod/api", "high", "+b", "default/prod", "CHG-1", "35"],
    ...[
      "2 of team",
      "acme/sre",
      "2026-01-01T00:00:00Z",
      "Pool exhausted",
      "Merging this approves nothing",
      "3 replicas",
    ],
    ...[evidence().digest, '"namespace": "prod"', "names nothing that undoes it"],
  ]) {
    t.true(body.includes(part), part);
  }
  t.is(renderTitle(evidence()), "agent-safe: restart-deployment prod/api: risk high, by boss/bot");
});

test("nothing that an agent writes leaves its code span or fence", (t) => {
  const plain = outsideCode(renderBody(evidence()));
  for (const text of attacks) {
    const hostile = evidence({ reason: text, ticketId: text, correlationId: text }, { value: text });
    const [step] = hostile.envelope.steps;
    if (step)
      hostile.envelope = { ...hostile.envelope, steps: [{ ...step, target: { id: text } }], agent: { id: text } };
    const outside = outsideCode(renderBody(hostile));
    t.is(outside, plain, JSON.stringify(text));
    t.notRegex(renderTitle(hostile), /[@#<>`\n[\]|]/);
  }
});

test("any text at all stays in its span and its fence", (t) => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("`", "``", "\n", "|", "\\", "a", "~", " ", "\u202e") }), (text) => {
      t.is(outsideCode(`x ${code(text)} y`).replace("(empty)", ""), "x  y");
      t.is(outsideCode(fence(text)), "");
      t.false(code(text).includes("\n"));
    }),
    { numRuns: 3_000 },
  );
});

test("hidden characters are seen", (t) => {
  t.is(visible("a\u202eb\u200bc\u{e0041}\u001b[31m"), "a\\u{202e}b\\u{200b}c\\u{e0041}\\u{1b}[31m");
  t.is(visible("line\n\ttab é 漢 😀"), "line\n\ttab é 漢 😀");
  t.is(plainLine("  a\n@b #1 <c>  "), "a b 1 c");
});

test("a request too large to show says so, ends its fence, and is whole in the files", (t) => {
  const value = "danger ".repeat(4_000);
  const diff = `${"+x\n".repeat(200_000)}`;
  const big = evidence(
    { plans: [{ mode: "server-dry-run", diff }] },
    Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`p${i}`, value])),
  );
  const body = renderBody(big);
  t.true(body.length <= MAX_BODY);
  t.true(outsideCode(body).includes("This text is cut"));
  const files = new Map(roundFiles(big).map(({ path, content }) => [path, content]));
  t.is(files.get("requests/x/envelope.json"), envelopeFile(big.envelope));
  t.true(files.get("requests/x/envelope.json")?.includes(value));
  t.is(files.get("requests/x/plan.diff"), diff);
});

test("without a dry run it says why", (t) => {
  const body = renderBody(evidence({ plans: [{ mode: "none", reason: "AWS has none for this call" }] }));
  t.true(body.includes("No dry run: ` AWS has none for this call `."));
});

test("files are the same whenever they are made, and readable", (t) => {
  const files = roundFiles(evidence());
  t.deepEqual(files, roundFiles(evidence()));
  const request = parse(files.find(({ path }) => path.endsWith("request.yaml"))?.content ?? "");
  t.like(request, { digest: evidence().digest, agent: { id: "boss/bot" }, agentWrote: { reason: "Pool exhausted" } });
});
