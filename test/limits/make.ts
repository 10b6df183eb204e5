import { decideLimited } from "../../controller/limits/decide-limited.ts";
import { Ledger } from "../../controller/limits/ledger.ts";
import type { RiskLimits } from "../../controller/limits/risk-limits.ts";
import type { Decision, RequestInput, ResolvedAgent } from "../../controller/policy/types.ts";
import { action, agent, engineOf, policy, rule, target } from "../policy/make.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

const RISKS = ["low", "medium", "high", "critical"] as const;

/** One action for each effective risk, its approved twin, one that is denied, and one whose rule is in error. */
export const engine = engineOf({
  actions: [
    ...RISKS.flatMap((risk) => [action(risk, { riskClass: risk }), action(`ask-${risk}`, { riskClass: risk })]),
    action("banned"),
    action("broken"),
  ],
  targets: [target("web", { sensitivity: "internal" })],
  policies: [
    policy("p", [
      rule("deny", "deny", { actions: ["banned"] }, { priority: 10 }),
      rule("broken", "allow", { actions: ["broken"], when: "params.absent > 1" }, { priority: 10 }),
      rule("ask", "require_approval", { actions: ["ask-*"] }, { priority: 5 }),
      rule("allow", "allow", {}),
    ]),
  ],
});

export const bot = (id: string): ResolvedAgent => ({ ...agent, id });

/** A ledger and how to ask under it. */
export function desk(limits: RiskLimits, ledger: Ledger = new Ledger({ keepMs: 48 * HOUR })) {
  let count = 0;
  const ask = (
    what: string,
    now: number,
    more: { key?: string; agent?: ResolvedAgent | null; request?: Partial<RequestInput>; ledger?: Ledger } = {},
  ): Decision => {
    const uid = more.key ?? `auto-${count++}`;
    return decideLimited(
      engine,
      {
        now,
        agent: more.agent === undefined ? agent : more.agent,
        request: { uid, namespace: "agents", name: "r", action: what, target: "web", params: {}, ...more.request },
      },
      { ledger: more.ledger ?? ledger, limits },
    );
  };
  return { ask, ledger, limits };
}

/** Rows as the log would give them back. */
export function rowOf({ charge }: Decision) {
  if (!charge) throw new Error("nothing was charged");
  const { key, agent: payer, time, nth = 0, score = 0, denied = false, refused = false } = charge;
  return { key, agent: payer, time, nth, score, denied, refused };
}
