import { identityAgent } from "../../controller/identity/identity-agent.ts";
import { verifyIdentity } from "../../controller/identity/verify-identity.ts";
import { agentsById, type ResolvedCaller } from "../project/caller.ts";
import type { Project } from "../project/load.ts";
import type { Trust } from "./issuers.ts";

/**
 * Who holds a token; its limits are those of the Agent with which its chain begins. `now` in epoch ms. Throws IdentityError:
 * a token that is not good is nobody, never a name.
 */
export async function tokenHolder(
  token: string,
  project: Project,
  by: Trust & { now: number },
): Promise<ResolvedCaller> {
  const identity = await verifyIdentity(token, by);
  const found = identityAgent(identity, project.profile === "compat" ? undefined : project.agents);
  if ("error" in found)
    return { agent: null, agentError: found, ...(found.message !== undefined && { reason: found.message }) };
  const object = agentsById(project.agentObjects).get(found.delegation[0]?.id ?? found.id);
  return { agent: found, ...(object && { object }) };
}
