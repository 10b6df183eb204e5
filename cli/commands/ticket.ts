import type { Command } from "commander";
import type { JSONWebKeySet } from "jose";
import { CONFIG_MAPS, DEFAULT_AUDIENCE, TICKET_JWKS_KEY, TICKET_KEYS_NAME } from "../../controller/api/constants.ts";
import { createClient, createTransport } from "../../controller/runtime/index.ts";
import type { TicketClaims } from "../../controller/tickets/claims.ts";
import { TicketError } from "../../controller/tickets/errors.ts";
import { readTicket } from "../../controller/tickets/verify.ts";
import { readJwks } from "../../sdk/identity/key-source.ts";
import { CliError, EXIT } from "../lib/errors.ts";
import { jsonText, type OutputFormat, outputOption } from "../lib/output.ts";
import { safeLine, table } from "../lib/terminal.ts";
import { readToken } from "../lib/trust.ts";

interface VerifyFlags {
  jwks?: string;
  kubeconfig?: string;
  systemNamespace: string;
  issuer?: string;
  audience: string;
  action?: string;
  target?: string;
  output?: OutputFormat;
}

/** Adds `ticket verify`. */
export function register(program: Command): void {
  program
    .command("ticket")
    .description("execution tickets")
    .command("verify")
    .description("verify a ticket's signature and times, and that it is for what is expected")
    .argument("<token>", "the ticket (status.ticket.token of a request); - reads it from standard input")
    .option("--jwks <file|url>", "public ticket keys (JWKS), a file or an https URL; default those of the cluster")
    .option("--kubeconfig <file>", "the cluster whose keys are read; default KUBECONFIG, or the one that this runs in")
    .option("--system-namespace <name>", "where the cluster keeps them", "agent-safe-system")
    .option("--issuer <iss>", "the issuer that it must be of: agent-safe/<cluster uid>")
    .option("--audience <aud>", "the executor that it must be for", DEFAULT_AUDIENCE)
    .option("--action <name>", "the action that it must be for")
    .option("--target <id>", "the target that it must be for")
    .addOption(outputOption(["json"]))
    .addHelpText(
      "after",
      `
A ticket that is good here may have been used: that is claimed on the request's status, once, and no token shows it.

Exit status: 0 good, 1 not good, 2 usage.

Examples:
  agent-safe ticket verify "$TOKEN" --jwks jwks.json --action restart-deployment --target dev/web
  kubectl get areq restart-web -n agents -o jsonpath={.status.ticket.token} | agent-safe ticket verify - -o json`,
    )
    .action(async (argument: string, flags: VerifyFlags) => {
      const token = await readToken(argument);
      const jwks = (flags.jwks === undefined ? await fromCluster(flags) : await readJwks(flags.jwks)) as JSONWebKeySet;
      if (!Array.isArray(jwks.keys)) throw new CliError("Invalid", "the ticket keys are not a JWKS");
      try {
        const { issuer, audience } = flags;
        const claims = await readTicket({
          ...{ jwks, token, now: Date.now(), audience },
          ...(issuer !== undefined && { issuer }),
        });
        expect(claims, flags);
        process.stdout.write(flags.output === "json" ? jsonText({ valid: true, ...claims }) : format(claims));
      } catch (error) {
        if (!(error instanceof TicketError)) throw error;
        const { code, message } = error;
        if (flags.output === "json") process.stdout.write(jsonText({ valid: false, code, message }));
        else process.stderr.write(`refused: ${safeLine(message)} (${code})\n`);
        process.exitCode = EXIT.error;
      }
    });
}

function expect(claims: TicketClaims, { action, target }: VerifyFlags): void {
  if (action !== undefined && claims.action.name !== action)
    throw new TicketError("WRONG_ACTION", `the ticket is for the action ${claims.action.name}, not ${action}`);
  if (target !== undefined && claims.target.id !== target)
    throw new TicketError("WRONG_TARGET", `the ticket is for the target ${claims.target.id}, not ${target}`);
}

async function fromCluster({ kubeconfig, systemNamespace }: VerifyFlags): Promise<unknown> {
  const transport = createTransport({ kubeconfig, userAgent: "agent-safe-cli" });
  try {
    const found = await createClient(transport).get<{ data?: Record<string, string> }>(CONFIG_MAPS, {
      name: TICKET_KEYS_NAME,
      namespace: systemNamespace,
    });
    return JSON.parse(found.data?.[TICKET_JWKS_KEY] || "{}");
  } finally {
    await transport.close();
  }
}

function format(claims: TicketClaims): string {
  const { iss, aud, sub, jti, exp, attempt, request, action, target, agent } = claims;
  return table([
    ["Request:", `${request.namespace}/${request.name} (${sub})`],
    ["Action:", action.name],
    ["Target:", target.id],
    ["Agent:", agent.id],
    ["Audience:", aud],
    ["Issuer:", iss],
    ["Ticket:", `${jti}, attempt ${attempt}`],
    ["Expires:", new Date(exp * 1000).toISOString()],
  ]);
}
