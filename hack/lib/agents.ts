import { join } from "node:path";
import type { KubeClient } from "../../controller/runtime/client.ts";
import type { KubeObject } from "../../controller/runtime/types.ts";
import { clusterAddressOf, writeKubeconfig } from "./kubeconfig.ts";
import { resources } from "./resources.ts";
import { requestToken } from "./tokens.ts";

const thirtyDaysSeconds = 30 * 24 * 3600;

interface AgentObject extends KubeObject {
  spec: { subjects?: { kind: string; namespace?: string; name?: string }[] };
}

/**
 * Writes `<directory>/<agent>.kubeconfig` for every Agent that a ServiceAccount authenticates as, with a token of that
 * account and its namespace as the default one.
 * @param kubeconfig names the cluster
 * @returns the files by the agent's name
 */
export async function writeAgentKubeconfigs(
  client: KubeClient,
  kubeconfig: string,
  directory: string,
): Promise<Record<string, string>> {
  const agents = await client.list<AgentObject>(resources.agents);
  const cluster = clusterAddressOf(kubeconfig);
  const written = await Promise.all(
    agents.items.map(async ({ metadata, spec }) => {
      const account = spec.subjects?.find(({ kind }) => kind === "ServiceAccount");
      if (account?.namespace === undefined || account.name === undefined) return undefined;
      const { namespace, name } = account;
      const token = await requestToken(client, { namespace, serviceAccount: name }, thirtyDaysSeconds);
      const file = join(directory, `${metadata.name}.kubeconfig`);
      writeKubeconfig(file, cluster, { name: `${namespace}-${name}`, credential: { token }, namespace });
      return [metadata.name, file] as const;
    }),
  );
  return Object.fromEntries(written.filter((entry) => entry !== undefined));
}
