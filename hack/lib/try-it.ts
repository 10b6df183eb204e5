import { relative } from "node:path";
import type { Ready } from "./local-home.ts";

/** What a newcomer reads once everything serves: commands to copy. Paths are relative to `cwd` where that is shorter. */
export function tryItText(ready: Ready, cwd: string): string {
  const shown = (path: string) => {
    const near = relative(cwd, path);
    return quoted(near !== "" && near.length < path.length ? near : path);
  };
  const agent = Object.entries(ready.agents)[0];
  const asAgent =
    agent === undefined
      ? []
      : ["", `As the agent ${agent[0]}:`, `  kubectl --kubeconfig ${shown(agent[1])} get actions,targets`];
  return [
    "",
    "Agent-Safe is ready. Look at it as the cluster's admin, in another terminal:",
    `  export KUBECONFIG=${quoted(ready.kubeconfig)} PATH=${quoted(ready.binDirectory)}:"$PATH"`,
    "  kubectl get actions,targets,agents,actionpolicies",
    "  kubectl get areq -A",
    ...asAgent,
    "",
    "The tour, with what happens and why:   npm run demo",
    `Logs: ${shown(`${ready.home}/logs`)}   State: ${shown(ready.home)}   Stop: Ctrl-C or npm stop`,
    "",
  ].join("\n");
}

function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
