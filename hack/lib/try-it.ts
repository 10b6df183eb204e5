import { join, relative } from "node:path";
import type { Ready } from "./local-home.ts";
import { root } from "./root.ts";

/** What a newcomer reads once everything serves: commands to copy. Paths are relative to `cwd` where that is shorter. */
export function tryItText(ready: Ready, cwd: string): string {
  const shown = (path: string) => {
    const near = relative(cwd, path);
    return quoted(near !== "" && near.length < path.length ? near : path);
  };
  return [
    "",
    "Agent-Safe is ready. In another terminal, as the cluster's admin:",
    `  export KUBECONFIG=${quoted(ready.kubeconfig)} PATH=${quoted(ready.binDirectory)}:"$PATH"`,
    "  kubectl get actions,targets,agents,actionpolicies",
    "  kubectl get areq -A --watch",
    ...asAgent(ready, shown),
    "",
    "The tour, with what happens and why:   npm run demo",
    `Logs: ${shown(join(ready.home, "logs"))}   State: ${shown(ready.home)}   Stop: Ctrl-C or npm stop`,
    "",
  ].join("\n");
}

function asAgent(ready: Ready, shown: (path: string) => string): string[] {
  const kubeconfig = ready.agents["deploy-bot"];
  if (kubeconfig === undefined) return [];
  const kubectl = `kubectl --kubeconfig ${shown(kubeconfig)}`;
  return [
    "",
    "And as an agent, which may do nothing but ask:",
    `  ${kubectl} apply -f ${shown(join(root, "config/samples/requests/allowed-restart.yaml"))}`,
    `  ${kubectl} wait --for=condition=Finished areq/restart-web`,
    `  ${kubectl} describe areq restart-web`,
    "",
    "Prod waits for a person. Bob may approve; alice owns the bot, so that her approval does not count:",
    `  ${kubectl} apply -f ${shown(join(root, "config/samples/requests/waits-restart-prod.yaml"))}`,
    "  npx agent-safe approval show agents/restart-prod-api",
    "  npx agent-safe approval approve agents/restart-prod-api --as bob",
  ];
}

function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
