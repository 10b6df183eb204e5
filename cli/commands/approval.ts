import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { ACTION_REQUESTS, APPROVAL_PROVIDERS } from "../../controller/api/constants.ts";
import { digest as digestOf } from "../../controller/api/digest.ts";
import type { ActionRequest, ApprovalProvider } from "../../controller/api/types.ts";
import { createClient, createTransport, type KubeClient } from "../../controller/runtime/index.ts";
import { CliError } from "../lib/errors.ts";
import { jsonText, type OutputFormat, outputOption } from "../lib/output.ts";
import { safeLine, table } from "../lib/terminal.ts";

interface ClusterFlags {
  kubeconfig?: string;
  output?: OutputFormat;
}

interface ReviewFlags extends ClusterFlags {
  as?: string;
  key?: string;
  reason?: string;
  repository?: string;
}

interface Named {
  namespace: string;
  name: string;
}

const HELP = `
Reviews at GitHub or Gitea are given there. Reviews in a plain Git repository are signed commits, made by approve and deny here:
what is approved is read from the repository and hashed again before it is signed.

Examples:
  agent-safe approval list
  agent-safe approval show agents/restart-prod
  agent-safe approval approve agents/restart-prod --as bob
  agent-safe approval deny agents/restart-prod --as bob --reason "not during the sale"
  agent-safe approval verify envelope.json --digest sha256:…`;

/** Adds `approval`. */
export function registerApproval(program: Command): void {
  const approval = program
    .command("approval")
    .description("what waits for people, and their reviews")
    .addHelpText("after", HELP);
  const cluster = (command: Command) =>
    command.option("--kubeconfig <file>", "the cluster to read; default KUBECONFIG, or the cluster that this runs in");

  cluster(approval.command("list").description("requests that wait for people"))
    .addOption(outputOption(["json"]))
    .action(async ({ kubeconfig, output }: ClusterFlags) => {
      const waiting = await withClient(kubeconfig, async (client) => {
        const { items } = await client.list<ActionRequest>(ACTION_REQUESTS, { fieldSelector: "status.settled!=true" });
        return items.filter(({ status }) => status?.approval?.verdict === "Pending");
      });
      process.stdout.write(output === "json" ? jsonText(waiting) : table([HEADER, ...waiting.map(row)]));
    });

  cluster(approval.command("show").description("one round: what is asked, who said what, what is missing"))
    .argument("<namespace/name>", "the request", requestName)
    .addOption(outputOption(["json"]))
    .action(async (named: Named, { kubeconfig, output }: ClusterFlags) => {
      const request = await withClient(kubeconfig, (client) => client.get<ActionRequest>(ACTION_REQUESTS, named));
      process.stdout.write(output === "json" ? jsonText(request.status?.approval ?? {}) : describe(request));
    });

  for (const verdict of ["approve", "deny"] as const) {
    cluster(approval.command(verdict).description(`${verdict} a request in a plain Git repository, by a signed commit`))
      .argument("<namespace/name>", "the request", requestName)
      .option("--as <reviewer>", "who reviews, as the ApprovalProvider lists them (default: $USER)")
      .option("--key <file>", "private SSH key (default: ~/.ssh/id_ed25519, for npm start its reviewers/<name>)")
      .option("--reason <text>", "what to add in words")
      .option("--repository <url>", "the repository as it is reached from here, if not as the ApprovalProvider says")
      .action(async (named: Named, flags: ReviewFlags) => {
        process.stdout.write(await review(named, verdict, flags));
      });
  }

  approval
    .command("verify")
    .description("recompute the digest of an envelope, offline")
    .argument("<file>", "envelope.json of a round")
    .requiredOption("--digest <digest>", "the digest that was approved, as the pull request and the ticket show it")
    .action((file: string, { digest }: { digest: string }) => {
      const found = digestOf(readEnvelope(file));
      if (found !== digest) throw new CliError("Invalid", `${file} has the digest ${found}, not ${safeLine(digest)}`);
      process.stdout.write(`${file}: this is what ${digest} stands for\n`);
    });
}

async function review(named: Named, verdict: "approve" | "deny", flags: ReviewFlags): Promise<string> {
  const { writeReview } = await import("../../controller/approval/git/write-review.ts");
  const { request, provider } = await withClient(flags.kubeconfig, async (client) => {
    const found = await client.get<ActionRequest>(ACTION_REQUESTS, named);
    const name = found.status?.approval?.provider;
    if (name === undefined) throw new CliError("Invalid", `${named.namespace}/${named.name} has no round of approval`);
    return { request: found, provider: await client.get<ApprovalProvider>(APPROVAL_PROVIDERS, { name }) };
  });
  const { branch, headSHA, folder, digest, round } = request.status?.approval ?? {};
  if (!branch || !headSHA || !folder || !digest || !round) {
    throw new CliError("Invalid", "the round is not open yet: try again in a moment");
  }
  const url = flags.repository ?? provider.spec.git?.url;
  if (url === undefined)
    throw new CliError(
      "Invalid",
      `reviews at ${provider.metadata.name} (${provider.spec.type}) are given there: ${request.status?.approval?.url}`,
    );
  const userId = flags.as ?? process.env.USER;
  if (userId === undefined) throw new CliError("Usage", "--as: who reviews?");
  const directory = await mkdtemp(join(tmpdir(), "agent-safe-review-"));
  try {
    const commit = await writeReview(
      {
        ...{ branch, headSHA, envelopePath: `${folder}/envelope.json`, digest, round, verdict, userId },
        ...{ uid: request.metadata.uid ?? "", text: flags.reason ?? "", keyFile: flags.key ?? defaultKey(url, userId) },
      },
      { url, baseBranch: provider.spec.git?.branch ?? "main", directory, clock: Date.now },
    );
    return `${verdict === "approve" ? "approved" : "denied"} ${named.namespace}/${named.name} (${digest}) as ${userId}: commit ${commit}\n`;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The sample reviewers' keys lie beside the sample repository. */
function defaultKey(url: string, userId: string): string {
  return url.endsWith("/approvals.git") ? join(url, "..", "reviewers", userId) : join(homedir(), ".ssh", "id_ed25519");
}

const HEADER = ["REQUEST", "ACTION", "TARGET", "RISK", "BY", "DEADLINE", "WHERE"];

function row({ metadata, spec, status }: ActionRequest): string[] {
  const { deadline = "", url = "" } = status?.approval ?? {};
  const risk = status?.decision?.effectiveRisk ?? "";
  return [
    `${metadata.namespace}/${metadata.name}`,
    spec.action,
    spec.target,
    risk,
    status?.agent?.id ?? "",
    deadline,
    url,
  ];
}

function describe({ metadata, spec, status }: ActionRequest): string {
  const { verdict, message, digest, round, branch, url, deadline, validUntil, votes } = status?.approval ?? {};
  const lines: [string, string | undefined][] = [
    ["Request", `${metadata.namespace}/${metadata.name}: ${spec.action} on ${spec.target}`],
    ["Verdict", verdict && `${verdict}: ${message ?? ""}`],
    ["Digest", digest],
    ["Round", round?.toString()],
    ["Where", url],
    ["Branch", branch],
    ["Deadline", deadline],
    ["Good until", validUntil],
    ...(votes ?? []).map(({ login, userId, verdict: said, counted, reason }): [string, string] => [
      "Review",
      `${login ?? userId}: ${said}${counted === true ? "" : `, does not count: ${reason ?? ""}`}`,
    ]),
  ];
  return `${lines.flatMap(([label, text]) => (text === undefined ? [] : [`${`${label}:`.padEnd(12)}${safeLine(text)}`])).join("\n")}\n`;
}

async function withClient<T>(kubeconfig: string | undefined, work: (client: KubeClient) => Promise<T>): Promise<T> {
  const transport = createTransport({ kubeconfig, userAgent: "agent-safe-cli" });
  try {
    return await work(createClient(transport));
  } finally {
    await transport.close();
  }
}

function requestName(text: string): Named {
  const [, namespace, name] = /^([a-z0-9-]{1,63})\/([a-z0-9][a-z0-9.-]{0,252})$/u.exec(text) ?? [];
  if (namespace === undefined || name === undefined) throw new InvalidArgumentError("not NAMESPACE/NAME");
  return { namespace, name };
}

function readEnvelope(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new CliError("Io", `${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
