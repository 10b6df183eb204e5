import test from "ava";
import type { ActionRequest, Agent } from "../../controller/api/types.ts";
import { readChain } from "../../controller/reconcilers/executor-chain.ts";
import type { LiveReads } from "../../controller/reconcilers/live-reads.ts";

const agent = (name: string, uid: string) => ({ metadata: { name, uid }, spec: { subjects: [] } }) as unknown as Agent;

/** The live reads of a cluster that holds these Agents and no Delegation. */
function readsOf(...agents: Agent[]): LiveReads {
  const reads = {
    agent: async (name: string) => agents.find(({ metadata }) => metadata.name === name),
    delegation: async () => undefined,
  };
  return reads as unknown as LiveReads;
}

const judgedAs = (uid: string, boss?: { name: string; uid: string }) =>
  ({
    metadata: { namespace: "agents" },
    status: { agent: { id: "bot", name: "bot", uid, delegation: boss ? [{ id: boss.name, ...boss }] : [] } },
  }) as unknown as ActionRequest;

test("an Agent that was deleted and made anew is not the one that was judged, wherever in the chain", async (t) => {
  t.like(await readChain(readsOf(agent("bot", "1")), judgedAs("1")), { agent: { metadata: { uid: "1" } } });
  t.like(await readChain(readsOf(agent("bot", "2")), judgedAs("1")), { code: "AGENT_REPLACED" });
  t.like(await readChain(readsOf(), judgedAs("1")), { code: "AGENT_GONE" });
  const boss = { name: "boss", uid: "8" };
  t.like(await readChain(readsOf(agent("bot", "1"), agent("boss", "9")), judgedAs("1", boss)), {
    code: "AGENT_REPLACED",
    message: "Agent boss is not the one that was judged",
  });
});
