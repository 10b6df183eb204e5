import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { decodeJwt } from "jose";
import { createDelegation } from "../../controller/identity/issue-identity.ts";
import { verifyIdentity } from "../../controller/identity/verify-identity.ts";
import type { DelegationScope } from "../../controller/policy/types.ts";
import { readSigningKey } from "../../sdk/identity/signer.ts";
import { findConfig, loadConfig } from "../../sdk/project/config.ts";
import { EXIT } from "../lib/errors.ts";
import { formatIdentity, identityReport } from "../lib/identity-report.ts";
import { jsonText, type OutputFormat, outputOption } from "../lib/output.ts";
import { safeLine } from "../lib/terminal.ts";
import { isRefusal, readToken, type TrustFlags, trustOf, trustOptions } from "../lib/trust.ts";
import { depth, duration, list, warnOfOpenKey } from "../lib/values.ts";

interface CreateFlags {
  to: string;
  keyFile: string;
  keyId?: string;
  roles?: string[];
  groups?: string[];
  actions?: string[];
  targets?: string[];
  environments?: string[];
  sensitivities?: string[];
  types?: string[];
  ttl?: number;
  maxDepth?: number;
  revoked?: string;
  output?: OutputFormat;
}

interface VerifyFlags extends TrustFlags {
  output?: OutputFormat;
}

/** Adds `delegation create` and `delegation verify`. */
export function register(program: Command): void {
  const delegation = program.command("delegation").description("lend a part of an agent's power by a token");
  addCreate(delegation);
  addVerify(delegation);
}

function addCreate(delegation: Command): void {
  delegation
    .command("create")
    .description("sign a token that holds a part of another one")
    .argument("<parent-token>", "the token of the one who lends; - reads it from standard input")
    .requiredOption("--to <agent>", "what the receiver is called: an agent id without /")
    .requiredOption("--key-file <file>", "the private key of the parent's issuer, or the key that is shared with it")
    .option("--key-id <kid>", "id of the key in the issuer's JWKS; a JWK has its own")
    .option("--roles <roles>", "roles to lend, with commas between them; default none", list)
    .option("--groups <groups>", "groups to lend, with commas between them; default none", list)
    .option("--actions <globs>", "actions to lend; default all", list)
    .option("--targets <globs>", "ids of targets to lend; default all", list)
    .option("--environments <names>", "environments of targets to lend; default all", list)
    .option("--sensitivities <names>", "sensitivities of targets to lend; default all", list)
    .option("--types <names>", "types of targets to lend; default all", list)
    .option("--ttl <duration>", "how long; default 1h, never beyond what is left of the parent", duration)
    .option("--max-depth <n>", "how deep it may be lent on, 1 to 5; only the first of a chain says so", depth)
    .option("--revoked <file>", "ids (jti) of revoked tokens, one a line")
    .addOption(outputOption(["json"]))
    .addHelpText(
      "after",
      `
Exit status: 0 signed, 1 refused, 2 usage.

Examples:
  agent-safe delegation create "$TOKEN" --to helper --roles reader --ttl 15m --key-file issuer.jwk
  echo "$TOKEN" | agent-safe delegation create - --to helper --roles deployer --actions 'restart-*' \\
    --targets 'dev/*' --max-depth 2 --key-file issuer.jwk -o json`,
    )
    .action(async (argument: string, flags: CreateFlags) => {
      const parent = await readToken(argument);
      await warnOfOpenKey(flags.keyFile);
      const { keys, ...signing } = await readSigningKey(flags.keyFile, flags.keyId);
      const issuer = issuerOf(parent);
      const audience = audienceOf(issuer);
      const { revoked } = flags.revoked === undefined ? {} : await revokedIn(flags.revoked);
      await orRefused(flags.output, async () => {
        const { token, identity } = await createDelegation(parent, lent(flags), {
          issuers: [{ issuer, keys, ...audience }],
          now: Date.now(),
          signer: { issuer, ...signing, ...audience },
          ...(revoked !== undefined && { revoked }),
        });
        process.stdout.write(flags.output === "json" ? jsonText({ token, ...identityReport(identity) }) : `${token}\n`);
      });
    });
}

function addVerify(delegation: Command): void {
  trustOptions(delegation.command("verify"))
    .description("verify a token and every link of its chain")
    .argument("<token>", "a delegation or identity token; - reads it from standard input")
    .addOption(outputOption(["json"]))
    .addHelpText(
      "after",
      `
Exit status: 0 good, 1 not good, 2 usage.

Examples:
  agent-safe delegation verify "$TOKEN" --issuer https://issuer.example --jwks jwks.json
  agent-safe delegation verify - -o json < token.jwt`,
    )
    .action(async (argument: string, flags: VerifyFlags) => {
      const token = await readToken(argument);
      const trust = await trustOf(flags);
      await orRefused(flags.output, async () => {
        const identity = await verifyIdentity(token, { ...trust, now: Date.now() });
        process.stdout.write(flags.output === "json" ? jsonText(identityReport(identity)) : formatIdentity(identity));
      });
    });
}

/** A token that is refused is an answer, told on stdout as JSON or on stderr in words; its exit status is 1. */
async function orRefused(output: OutputFormat | undefined, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const { code, message } = error;
    if (output === "json") process.stdout.write(jsonText({ valid: false, code, message }));
    else process.stderr.write(`refused: ${safeLine(message)} (${code})\n`);
    process.exitCode = EXIT.error;
  }
}

/** Only to know whose key this should be: who signed it is verified afterwards. */
function issuerOf(token: string): string {
  try {
    return decodeJwt(token).iss ?? "";
  } catch {
    return "";
  }
}

function audienceOf(issuer: string): { audience?: string } {
  const file = findConfig(process.cwd());
  const known = file === undefined ? undefined : loadConfig(file).identity?.issuers;
  const audience = known?.find((one) => one.issuer === issuer)?.audience;
  return audience === undefined ? {} : { audience };
}

async function revokedIn(file: string): Promise<{ revoked: ReadonlySet<string> }> {
  const { readRevoked } = await import("../../sdk/identity/issuers.ts");
  return { revoked: await readRevoked(file) };
}

function lent(flags: CreateFlags): Parameters<typeof createDelegation>[1] {
  const { to, roles, groups, actions, targets: ids, environments, sensitivities, types, ttl, maxDepth } = flags;
  const kinds = { ids, environments, sensitivities, types };
  const targets = Object.fromEntries(Object.entries(kinds).filter(([, value]) => value !== undefined));
  const scope: DelegationScope = {
    ...(actions !== undefined && { actions }),
    ...(Object.keys(targets).length > 0 && { targets }),
  };
  return {
    ...{ to, tokenId: randomUUID() },
    ...(roles !== undefined && { roles }),
    ...(groups !== undefined && { groups }),
    ...(Object.keys(scope).length > 0 && { scope }),
    ...(ttl !== undefined && { ttlMs: ttl }),
    ...(maxDepth !== undefined && { maxDepth }),
  };
}
