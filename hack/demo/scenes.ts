import { approval } from "./approval.ts";
import { delegation } from "./delegation.ts";
import { breaker, cumulativeRisk, rateLimit } from "./limits.ts";
import { created, deniedFor, expect, type Scene, story } from "./scene.ts";
import type { World } from "./world.ts";

const generationOf = async (world: World, name: string): Promise<number> =>
  Number(await world.admin(["get", "deployment", name, "-n", "dev", "-o", "jsonpath={.metadata.generation}"]));

export const scenes: readonly Scene[] = [
  {
    title: "Allowed and executed",
    why: "Policy default/allow-dev-all allows everything in dev. The executor claims the ticket, restarts the Deployment with a token that can touch nothing else, and waits for the rollout.",
    async play(world, say) {
      const before = await generationOf(world, "web");
      const name = await created(
        world.agent,
        { action: "restart-deployment", target: "dev/web", reason: "Connection pool exhausted since 14:02" },
        say,
      );
      const view = await world.until(name, ["Succeeded", "Denied", "Failed", "TimedOut", "Expired"]);
      say(story(view));
      expect(view.status?.execution?.result === "SUCCESS", "the restart succeeds");
      const after = await generationOf(world, "web");
      say(`Deployment dev/web went from generation ${before} to ${after}; its new pods are ready`);
      expect(after > before, "the Deployment was really changed");
      expect(
        view.spec.requester?.username === "system:serviceaccount:agents:deploy-bot",
        "admission stamped who asked",
      );
      say(`look: kubectl describe areq ${name} -n agents    log index ${view.status?.audit?.last}`);
    },
  },
  {
    title: "Denied by default",
    why: "No rule speaks of creating namespaces in staging. What nothing allows is denied, and the trace says which rules came near.",
    async play(world, say) {
      const name = await created(
        world.agent,
        { action: "create-namespace", target: "staging/preview-ns", reason: "Preview of the new checkout" },
        say,
      );
      const view = await world.until(name, ["Denied", "Succeeded", "Failed", "AwaitingApproval"]);
      say(story(view));
      const denied = view.status?.conditions?.find(({ type }) => type === "Denied");
      expect(denied?.reason === "NoMatchingRule", "the cause is NoMatchingRule");
      for (const entry of view.status?.decision?.trace?.slice(0, 3) ?? []) {
        say(`  nearly: ${entry.policy}/${entry.rule} failed on ${entry.condition ?? entry.outcome}`);
      }
    },
  },
  {
    title: "Denied: another target than the one named",
    why: "The request names dev/web but carries the parameters of prod/api-server. Parameters are bound to the target: what is judged is what would be touched.",
    async play(world, say) {
      const params = { namespace: "prod", deployment: "api-server" };
      const name = await created(
        world.agent,
        { action: "restart-deployment", target: "dev/web", params, reason: "Looks harmless" },
        say,
      );
      const view = await world.until(name, ["Denied", "Succeeded", "Failed", "AwaitingApproval"]);
      say(story(view));
      expect(deniedFor(view, "TargetMismatch"), "the cause is TargetMismatch");
    },
  },
  approval,
  rateLimit,
  breaker,
  cumulativeRisk,
  delegation,
  {
    title: "The kill switch",
    why: "spec.suspended on an Agent stops it at once, whatever policy says: also a request that already has its ticket.",
    async play(world, say) {
      const suspend = (on: boolean) =>
        world.admin([
          "patch",
          "agent",
          "deploy-bot",
          "--type=merge",
          "-p",
          JSON.stringify({ spec: { suspended: on } }),
        ]);
      await suspend(true);
      say("an operator sets spec.suspended on Agent deploy-bot");
      try {
        const name = await created(
          world.agent,
          { action: "restart-deployment", target: "dev/web", reason: "Trying once more" },
          say,
        );
        const view = await world.until(name, ["Denied", "Succeeded", "Failed"]);
        say(story(view));
        expect(deniedFor(view, "AgentSuspended"), "the cause is AgentSuspended");
      } finally {
        await suspend(false);
        say("and takes it off again");
      }
    },
  },
];
