import { SENTINEL_TARGET_TYPE } from "../api/constants.ts";
import type { Action, ActionPolicy, Agent, Target } from "../api/types.ts";
import { agentClashes } from "../identity/agent-clash.ts";
import type { AgentIndex } from "../identity/agent-index.ts";
import type { PolicyEngine } from "../policy/engine.ts";
import type { FieldError } from "../policy/field-error.ts";
import { validateAction } from "../policy/validate-action.ts";
import { validateAgent } from "../policy/validate-agent.ts";
import { validatePolicy } from "../policy/validate-policy.ts";
import { validateTarget } from "../policy/validate-target.ts";
import type { Accounts } from "./accounts.ts";
import type { Finding } from "./definition.ts";

/** Whether an Action means something; requests for one that does not are refused. */
export function examineAction(action: Action): Finding {
  return verdict(validateAction(action), "Requests may name it.");
}

/** Whether a policy's rules can be judged by. */
export function examinePolicy(policy: ActionPolicy): Finding {
  const rules = policy.spec.rules ?? [];
  return {
    ...verdict(validatePolicy(policy), `Requests are judged by its ${rules.length} rules.`),
    status: { ruleCount: rules.length },
  };
}

/** Whether a Target resolves: its own meaning, and that no other claims its id or its resource. */
export function examineTarget(engine: PolicyEngine, accounts: Accounts, actions: () => readonly Action[]) {
  return (target: Target): Finding => {
    if (target.spec.type === SENTINEL_TARGET_TYPE)
      return { ok: true, reason: "Accepted", message: "It measures freshness; no request may name it." };
    const id = target.spec.id ?? target.metadata.name;
    const found = engine.findTarget(id);
    if ("error" in found && found.error === "DuplicateTarget") {
      const others = found.names.filter((name) => name !== target.metadata.name);
      const message = `Target ${others.join(", ")} has the same id or resource; until one of them goes, neither resolves.`;
      return { ok: false, reason: "Duplicate", message };
    }
    return {
      ...verdict(validateTarget(target), `Requests may name it as ${id}.`),
      conditions: [accounts.condition(target, actions())],
      status: { effectiveSensitivity: engine.effectiveSensitivity(id) ?? target.spec.sensitivity },
    };
  };
}

/** Whether an Agent's subjects are its own: a subject that two Agents claim is nobody's. */
export function examineAgent(agents: AgentIndex) {
  return (agent: Agent): Finding => {
    const clashes = agentClashes(agents, agent);
    if (clashes.length > 0) {
      const message = `Agent ${clashes.join(", ")} claims the same subject or agent id; until that ends, neither is anybody.`;
      return { ok: false, reason: "Duplicate", message };
    }
    const finding = verdict(validateAgent(agent), "Its subjects are known by its id.");
    if (!finding.ok || agent.spec.suspended !== true) return finding;
    return { ok: true, reason: "Suspended", message: "Whatever it asks for is denied." };
  };
}

function verdict(errors: readonly FieldError[], message: string): Finding {
  if (errors.length === 0) return { ok: true, reason: "Accepted", message };
  return { ok: false, reason: "Invalid", message: errors.map((error) => error.message).join("; ") };
}
