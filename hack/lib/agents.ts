import { join } from "node:path";
import { type ClusterAccess, kubectl } from "./cluster-access.ts";
import { clusterAddressOf, writeKubeconfig } from "./kubeconfig.ts";
import { requestToken } from "./tokens.ts";

const thirtyDaysSeconds = 30 * 24 * 3600;

interface AgentList {
  items: {
    metadata: { name: string };
    spec: { subjects?: { kind: string; namespace?: string; name?: string }[] };
  }[];
}

/**
 * Writes `<directory>/<agent>.kubeconfig` for every Agent that a ServiceAccount authenticates as, with a token of that
 * account and its namespace as the default one.
 * @returns the files by the agent's name
 */
export async function writeAgentKubeconfigs(access: ClusterAccess, directory: string): Promise<Record<string, string>> {
  const agents = JSON.parse(await kubectl(access, ["get", "agents.agentsafe.dev", "-o", "json"])) as AgentList;
  const cluster = clusterAddressOf(access.kubeconfig);
  const written = await Promise.all(
    agents.items.map(async ({ metadata, spec }) => {
      const account = spec.subjects?.find(({ kind }) => kind === "ServiceAccount");
      if (account?.namespace === undefined || account.name === undefined) return undefined;
      const { namespace, name } = account;
      const token = await requestToken(access, { namespace, serviceAccount: name }, thirtyDaysSeconds);
      const file = join(directory, `${metadata.name}.kubeconfig`);
      writeKubeconfig(file, cluster, { name: `${namespace}-${name}`, credential: { token }, namespace });
      return [metadata.name, file] as const;
    }),
  );
  return Object.fromEntries(written.filter((entry) => entry !== undefined));
}
