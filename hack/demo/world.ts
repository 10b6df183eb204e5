import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { kubectlOutput, runKubectl } from "../lib/kubectl.ts";
import type { Ready } from "../lib/local-home.ts";
import { root } from "../lib/root.ts";

const run = promisify(execFile);

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
    agent?: { id: string };
    decision?: {
      result: string;
      policy?: string;
      rule?: string;
      reason?: string;
      riskClass?: string;
      effectiveRisk?: string;
      cumulativeRisk?: { score: number; class: string };
      escalatedFrom?: string;
      trace?: { policy?: string; rule?: string; outcome: string; condition?: string }[];
    };
    execution?: { result?: string; before?: object; after?: object };
    approval?: {
      branch?: string;
      folder?: string;
      digest?: string;
      headSHA?: string;
      verdict?: string;
      approvers?: string[];
      votes?: { userId: string; counted?: boolean; reason?: string }[];
      receipt?: string;
    };
    audit?: { last?: number };
  };
}

/** What an agent asks for. */
export interface RequestSpec {
  action: string;
  target: string;
  params?: object;
  reason: string;
  delegationRef?: { name: string; uid: string };
}

/** An agent at its keyboard. */
export interface Asker {
  /** Its agent id. */
  name: string;
  /** Runs kubectl as the agent; gives output and errors together, whatever the exit code. */
  kubectl(args: string[], input?: string): Promise<{ code: number; text: string }>;
  /** Creates a request; gives its name, or what the API server answered when it refused. */
  request(spec: RequestSpec): Promise<{ name?: string; refused?: string }>;
}

/** The running system as the tour's people see it: the agent, and the platform engineer with admin rights. */
export interface World {
  ready: Ready;
  admin(args: string[], input?: string): Promise<string>;
  agent: Asker;
  /** An agent with a kubeconfig of its own. */
  asker(name: string, kubeconfig: string): Asker;
  /** Runs `agent-safe` as the platform engineer; gives what it prints. */
  cli(args: string[]): Promise<string>;
  /** The request once this holds of it; `what` says it in words. */
  when(name: string, what: string, holds: (view: RequestView) => boolean): Promise<RequestView>;
  /** The request once its `Ready` has one of these reasons. */
  until(name: string, reasons: readonly string[]): Promise<RequestView>;
}

/** Namespace of the tour's agents. */
export const namespace = "agents";

/** Connects to what `npm start` runs, as `ready` tells. */
export function connect(ready: Ready, agentName: string): World {
  const kubectl = existsSync(join(ready.binDirectory, "kubectl")) ? join(ready.binDirectory, "kubectl") : "kubectl";
  const agentConfig = ready.agents[agentName];
  if (agentConfig === undefined) throw new Error(`there is no kubeconfig of the sample agent ${agentName}`);
  const admin = (args: string[], input?: string) =>
    kubectlOutput(args, { kubectl, kubeconfig: ready.kubeconfig, input });
  const asker = (name: string, kubeconfig: string): Asker => {
    const kubectlAs = async (args: string[], input?: string) => {
      const { code, stdout, stderr } = await runKubectl(args, { kubectl, kubeconfig, input });
      return { code, text: `${stdout}${stderr}`.trim() };
    };
    return {
      name,
      kubectl: kubectlAs,
      async request(spec) {
        const object = {
          apiVersion: "agentsafe.dev/v1alpha1",
          kind: "ActionRequest",
          metadata: { generateName: "demo-", namespace },
          spec: { params: {}, ...spec },
        };
        const { code, text } = await kubectlAs(["create", "-f", "-", "-o", "name"], JSON.stringify(object));
        return code === 0 ? { name: text.replace(/^.*\//, "") } : { refused: text };
      },
    };
  };
  const when: World["when"] = async (name, what, holds) => {
    const end = Date.now() + 120_000;
    for (;;) {
      const view = JSON.parse(await admin(["get", "areq", name, "-n", namespace, "-o", "json"])) as RequestView;
      if (holds(view)) return view;
      if (Date.now() > end) {
        const { reason = "new", message = "" } = readyOf(view) ?? {};
        throw new Error(`${name} is still ${reason} (${message}) after two minutes: not so that it ${what}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };
  return {
    ...{ ready, admin, asker, when },
    agent: asker(agentName, agentConfig),
    async cli(args) {
      const env = { ...process.env, KUBECONFIG: ready.kubeconfig };
      const { stdout } = await run(process.execPath, [join(root, "cli/agent-safe.ts"), ...args], { env });
      return stdout;
    },
    until: (name, reasons) =>
      when(name, `is ${reasons.join(", ")}`, (view) => reasons.includes(readyOf(view)?.reason ?? "")),
  };
}

function readyOf({ status }: RequestView): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === "Ready");
}

/** Reads the file `ready` of a home; undefined when nothing runs there. */
export function readReady(file: string): Ready | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Ready) : undefined;
}
