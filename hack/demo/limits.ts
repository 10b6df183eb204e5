import { withGuest } from "./guest.ts";
import { asked, deniedFor, expect, type Scene } from "./scene.ts";
import { namespace, type RequestView } from "./world.ts";

/** Allowed for everybody, harmless, quickly done. */
const look = { action: "get-configmap", target: "staging/web-config", reason: "Looking around" };
/** Nothing speaks of it. */
const nothing = { action: "create-namespace", target: "staging/preview-ns", reason: "Trying my luck" };

const scoreOf = ({ status }: RequestView): string => {
  const { cumulativeRisk, escalatedFrom } = status?.decision ?? {};
  const escalated = escalatedFrom === undefined ? "" : `, the rules alone said ${escalatedFrom}`;
  return `risk gathered so far ${cumulativeRisk?.score} (${cumulativeRisk?.class})${escalated}`;
};

export const rateLimit: Scene = {
  title: "Too many requests",
  why: "A RiskProfile lets this agent ask three times in five minutes. The fourth is denied before any rule is looked at: a loop that has gone wild stops here.",
  play: (world, say) =>
    withGuest(world, { prefix: "scout", limits: { rateLimit: { maxRequests: 3, window: "5m" } } }, async (scout) => {
      for (let i = 1; i <= 3; i++) {
        const view = await asked(world, scout, look, say);
        expect(view.status?.decision?.result === "allow", `request ${i} of 3 is allowed`);
      }
      const fourth = await asked(world, scout, look, say);
      expect(deniedFor(fourth, "RateLimited"), "the fourth is denied, the cause is RateLimited");
    }),
};

export const breaker: Scene = {
  title: "The circuit breaker",
  why: "Whoever is denied twice within five minutes is probing, or broken. The breaker opens: for two minutes even what is allowed is denied.",
  play: (world, say) =>
    withGuest(
      world,
      { prefix: "scout", limits: { circuitBreaker: { threshold: 2, window: "5m", cooldown: "2m" } } },
      async (scout) => {
        for (let i = 1; i <= 2; i++) {
          const view = await asked(world, scout, nothing, say);
          expect(deniedFor(view, "NoMatchingRule"), `attempt ${i} is denied by default`);
        }
        const third = await asked(world, scout, look, say);
        expect(deniedFor(third, "CircuitOpen"), "what was allowed is denied, the cause is CircuitOpen");
        say(`look: kubectl get agent ${scout.name} -o yaml shows budget and breaker while it is there`);
      },
    ),
};

export const cumulativeRisk: Scene = {
  title: "Many small risks",
  why: "Each request alone is harmless. Added up within an hour they are not: from 20 on a second look is asked for, from 30 on all is denied.",
  play: (world, say) =>
    withGuest(
      world,
      {
        prefix: "scout",
        limits: { cumulativeRisk: { scores: { low: 10 }, window: "1h", escalateAt: 20, denyAt: 30 } },
      },
      async (scout) => {
        const first = await asked(world, scout, look, say);
        say(`  ${scoreOf(first)}`);
        expect(first.status?.decision?.result === "allow", "the first is allowed");
        const second = await asked(world, scout, look, say);
        say(`  ${scoreOf(second)}`);
        expect(second.status?.decision?.escalatedFrom === "allow", "the second is allowed by the rules and escalated");
        expect(second.status?.decision?.result === "require_approval", "it waits for people");
        const third = await asked(world, scout, look, say);
        say(`  ${scoreOf(third)}`);
        expect(deniedFor(third, "CumulativeRisk"), "the third is denied, the cause is CumulativeRisk");
        say("look: kubectl get rprof cautious -o yaml, the limits of the sample agent scout-bot");
        await scout.kubectl(["annotate", "areq", second.metadata.name, "-n", namespace, "agentsafe.dev/cancel=true"]);
      },
    ),
};
