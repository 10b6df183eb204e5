import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { kubectlOutput, runKubectl } from "../lib/kubectl.ts";
import type { Ready } from "../lib/local-home.ts";

interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
}

/** As much of an ActionRequest as the tour reads. */
export interface RequestView {
  metadata: { name: string; uid: string };
  spec: { requester?: { username: string } };
  status?: {
    conditions?: Condition[];
    decision?: {
      result: string;
      policy?: string;
      rule?: string;
      reason?: string;
      riskClass?: string;
      effectiveRisk?: string;
      trace?: { policy?: string; rule?: string; outcome: string; condition?: string }[];
    };
    execution?: { result?: string; before?: object; after?: object };
    audit?: { last?: number };
  };
}

/** The running system as the tour's two people see it: the agent, and the platform engineer with admin rights. */
export interface World {
  ready: Ready;
  admin(args: string[], input?: string): Promise<string>;
  /** Runs kubectl as the agent; gives output and errors together, whatever the exit code. */
  agent(args: string[], input?: string): Promise<{ code: number; text: string }>;
  /** Creates a request as the agent; gives its name, or what the API server answered when it refused. */
  request(spec: {
    action: string;
    target: string;
    params?: object;
    reason: string;
  }): Promise<{ name?: string; refused?: string }>;
  /** The request once its `Ready` has one of these reasons. */
  until(name: string, reasons: readonly string[]): Promise<RequestView>;
}

const namespace = "agents";

/** Connects to what `npm start` runs, as `ready` tells. */
export function connect(ready: Ready, agentName: string): World {
  const kubectl = existsSync(join(ready.binDirectory, "kubectl")) ? join(ready.binDirectory, "kubectl") : "kubectl";
  const agentConfig = ready.agents[agentName];
  if (agentConfig === undefined) throw new Error(`there is no kubeconfig of the sample agent ${agentName}`);
  const admin = (args: string[], input?: string) =>
    kubectlOutput(args, { kubectl, kubeconfig: ready.kubeconfig, input });
  const agent = async (args: string[], input?: string) => {
    const { code, stdout, stderr } = await runKubectl(args, { kubectl, kubeconfig: agentConfig, input });
    return { code, text: `${stdout}${stderr}`.trim() };
  };
  return {
    ready,
    admin,
    agent,
    async request({ action, target, params = {}, reason }) {
      const object = {
        apiVersion: "agentsafe.dev/v1alpha1",
        kind: "ActionRequest",
        metadata: { generateName: "demo-", namespace },
        spec: { action, target, params, reason },
      };
      const { code, text } = await agent(["create", "-f", "-", "-o", "name"], JSON.stringify(object));
      return code === 0 ? { name: text.replace(/^.*\//, "") } : { refused: text };
    },
    async until(name, reasons) {
      const end = Date.now() + 120_000;
      for (;;) {
        const view = JSON.parse(await admin(["get", "areq", name, "-n", namespace, "-o", "json"])) as RequestView;
        const ready = view.status?.conditions?.find(({ type }) => type === "Ready");
        if (ready !== undefined && reasons.includes(ready.reason)) return view;
        if (Date.now() > end)
          throw new Error(`${name} is still ${ready?.reason ?? "new"} (${ready?.message ?? ""}) after two minutes`);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    },
  };
}

/** Reads the file `ready` of a home; undefined when nothing runs there. */
export function readReady(file: string): Ready | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Ready) : undefined;
}
