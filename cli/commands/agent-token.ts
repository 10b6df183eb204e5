import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import type { Agent } from "../../controller/api/types.ts";
import { mintIdentity } from "../../controller/identity/issue-identity.ts";
import { readSigningKey } from "../../sdk/identity/signer.ts";
import { findConfig, loadConfig } from "../../sdk/project/config.ts";
import { CliError } from "../lib/errors.ts";
import { jsonText, type OutputFormat, outputOption } from "../lib/output.ts";
import { open, type ProjectFlags, projectOptions } from "../lib/project.ts";
import { safeLine } from "../lib/terminal.ts";
import { duration, list, warnOfOpenKey } from "../lib/values.ts";

interface TokenFlags extends ProjectFlags {
  keyFile: string;
  keyId?: string;
  issuer?: string;
  audience?: string;
  roles?: string[];
  groups?: string[];
  ttl?: number;
  output?: OutputFormat;
}

const HELP = `
The key is a private JWK or PKCS #8 PEM (Ed25519 or P-256), or else the bytes of a shared key (at least 32).
Where the project has an Agent of that id with a JWT subject, the token is for that subject; roles and groups are then the
Agent's unless fewer are named. Without one, --issuer says who vouches, and roles and groups are those named.

Examples:
  agent-safe agent token deploy-bot --key-file issuer.jwk --issuer https://issuer.example
  agent-safe agent token deploy-bot --key-file issuer.jwk --roles reader --ttl 15m -o json`;

/** Adds `agent token`. */
export function addAgentToken(agent: Command): void {
  projectOptions(agent.command("token"))
    .description("mint an identity token, for development")
    .argument("<agent>", "agent id")
    .requiredOption("--key-file <file>", "the issuer's private key, or the key that is shared with it")
    .option("--key-id <kid>", "id of the key in the issuer's JWKS; a JWK has its own")
    .option("--issuer <iss>", "the issuer; default that of the Agent's JWT subject")
    .option("--audience <aud>", "for whom the token is; default that of agent-safe.yaml")
    .option("--roles <roles>", "roles, with commas between them", list)
    .option("--groups <groups>", "groups, with commas between them", list)
    .option("--ttl <duration>", "how long it is good; default 1h, at most 168h", duration)
    .addOption(outputOption(["json"]))
    .addHelpText("after", HELP)
    .action(async (id: string, flags: TokenFlags) => {
      const { project, audience } = await surroundings(flags);
      const who = subjectOf(id, project, flags);
      await warnOfOpenKey(flags.keyFile);
      const { keys: _, ...signing } = await readSigningKey(flags.keyFile, flags.keyId);
      const signer = { ...signing, issuer: who.issuer, ...(audience(who.issuer) ?? {}) };
      const tokenId = randomUUID();
      const now = Date.now();
      const token = await mintIdentity(signer, {
        ...{ subject: who.subject, roles: who.roles, groups: who.groups, now, tokenId },
        ...(flags.ttl !== undefined && { ttlMs: flags.ttl }),
      });
      const { issuer, subject, roles, groups } = who;
      process.stdout.write(
        flags.output === "json" ? jsonText({ token, tokenId, issuer, subject, roles, groups }) : `${token}\n`,
      );
    });
}

async function surroundings(flags: TokenFlags): Promise<{
  project: readonly Agent[];
  audience: (issuer: string) => { audience: string } | undefined;
}> {
  const file = findConfig(process.cwd());
  const config = file === undefined ? undefined : loadConfig(file);
  const project = config === undefined && flags.dir === undefined ? [] : (await open(flags)).agentObjects;
  return {
    project,
    audience: (issuer) => {
      const of = config?.identity?.issuers.find((known) => known.issuer === issuer)?.audience;
      const audience = flags.audience ?? of;
      return audience === undefined ? undefined : { audience };
    },
  };
}

function subjectOf(id: string, agents: readonly Agent[], flags: TokenFlags) {
  const [agent, second] = agents.filter(({ metadata, spec }) => (spec.agentId ?? metadata.name) === id);
  if (second !== undefined) throw new CliError("Invalid", `several Agents have the id ${safeLine(id)}`);
  const subjects = (agent?.spec.subjects ?? []).filter(
    ({ kind, issuer }) => kind === "JWT" && (flags.issuer === undefined || issuer === flags.issuer),
  );
  if (subjects.length > 1)
    throw new CliError("Usage", `Agent ${safeLine(id)} has several JWT subjects; name the --issuer of one`);
  const [known] = subjects;
  if (agent === undefined || known === undefined) {
    if (flags.issuer === undefined)
      throw new CliError("Usage", `no Agent ${safeLine(id)} with a JWT subject is known here; add --issuer`);
    if (agent !== undefined)
      throw new CliError("Invalid", `Agent ${safeLine(id)} has no JWT subject of the issuer ${safeLine(flags.issuer)}`);
    return { issuer: flags.issuer, subject: id, roles: flags.roles ?? [], groups: flags.groups ?? [] };
  }
  return {
    issuer: known.issuer ?? "",
    subject: known.subject ?? "",
    roles: narrowed("roles", flags.roles, agent.spec.roles ?? []),
    groups: narrowed("groups", flags.groups, agent.spec.groups ?? []),
  };
}

function narrowed(what: string, wanted: string[] | undefined, held: readonly string[]): readonly string[] {
  const extra = (wanted ?? []).filter((name) => !held.includes(name));
  if (extra.length > 0) throw new CliError("Invalid", `${what}: the Agent has not ${extra.map(safeLine).join(", ")}`);
  return wanted ?? held;
}
