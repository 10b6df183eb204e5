import { asked, deniedFor, expect, type Scene } from "./scene.ts";
import { type Asker, namespace, type World } from "./world.ts";

interface DelegationView {
  metadata: { name: string; uid: string };
  status?: { agent?: string; expiresAt?: string };
}

/** Lets the tour's agent lend; gives the Delegation once the controller has accepted it. */
async function lend(world: World, to: Asker): Promise<DelegationView> {
  const object = {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "Delegation",
    metadata: { generateName: "demo-", namespace },
    spec: {
      ...{ to: to.name, roles: ["deployer"], actions: ["restart-*"], targets: { environments: ["staging"] } },
      ...{ ttl: "10m", reason: "Help with the rollout" },
    },
  };
  const { code, text } = await world.agent.kubectl(["create", "-f", "-", "-o", "name"], JSON.stringify(object));
  expect(code === 0, `the agent may lend: ${text}`);
  const name = text.replace(/^.*\//, "");
  await world.admin(["wait", "--for=condition=Ready", `delegation/${name}`, "-n", namespace, "--timeout=60s"]);
  return JSON.parse(await world.admin(["get", "delegation", name, "-n", namespace, "-o", "json"])) as DelegationView;
}

export const delegation: Scene = {
  title: "Lent, used, out of scope, taken back",
  why: "helper-bot has no rights of its own. deploy-bot lends it one role for restarts in staging, for ten minutes; what it does on that is charged to deploy-bot, and bans see them both.",
  async play(world, say) {
    const helper = world.asker("helper-bot", world.ready.agents["helper-bot"] ?? "");
    const restart = { action: "restart-deployment", target: "staging/web-frontend", reason: "Asked to help" };
    const alone = await asked(world, helper, restart, say);
    expect(deniedFor(alone, "NoMatchingRule"), "the helper alone is denied");

    const lent = await lend(world, helper);
    const { name, uid } = lent.metadata;
    say(`${world.agent.name} creates Delegation agents/${name}: restart-* in staging, to ${lent.status?.agent}`);
    const delegationRef = { name, uid };
    const used = await asked(world, helper, { ...restart, delegationRef }, say);
    expect(used.status?.execution?.result === "SUCCESS", "on borrowed power the restart is done");
    expect(used.status?.agent?.id === `${world.agent.name}/${helper.name}`, "it acts under its lender's name");

    const scale = { action: "scale-deployment", target: restart.target, params: { replicas: 3 } };
    const outside = await asked(world, helper, { ...scale, reason: "While I am at it", delegationRef }, say);
    expect(deniedFor(outside, "OutOfScope"), "what was not lent is denied, the cause is OutOfScope");

    const patch = ["patch", "delegation", name, "-n", namespace, "--type=merge", "-p", '{"spec":{"revoked":true}}'];
    const { code, text } = await world.agent.kubectl(patch);
    expect(code === 0, `who lent may take it back: ${text}`);
    say(`${world.agent.name} sets spec.revoked`);
    const after = await asked(world, helper, { ...restart, delegationRef }, say);
    expect(deniedFor(after, "DelegationInvalid"), "what was taken back counts no more");
    say(`look: kubectl describe delegation ${name} -n agents; npx agent-safe audit show --type 'delegation.*'`);
  },
};
