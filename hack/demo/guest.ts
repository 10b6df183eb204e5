import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clusterAddressOf, writeKubeconfig } from "../lib/kubeconfig.ts";
import { type Asker, namespace, type World } from "./world.ts";

const api = "agentsafe.dev/v1alpha1";

/** What a guest is made of. */
export interface GuestSpec {
  /** Begins its name. */
  prefix: string;
  roles?: string[];
  /** Spec of a RiskProfile of its own; without it the one named `default` holds. */
  limits?: object;
}

/**
 * Plays with an agent that nobody has met before: what it does is charged to nobody else's budget, and nobody has charged its own, so that
 * the tour comes out the same every time. It is taken away afterwards; its requests and what the log says of them stay.
 */
export async function withGuest(world: World, spec: GuestSpec, play: (guest: Asker) => Promise<void>): Promise<void> {
  const name = `${spec.prefix}-${randomBytes(3).toString("hex")}`;
  const objects = objectsOf(name, spec);
  const kubeconfig = join(tmpdir(), `${name}.kubeconfig`);
  try {
    await world.admin(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
    const token = (await world.admin(["create", "token", name, "-n", namespace])).trim();
    const user = { name, credential: { token }, namespace };
    writeKubeconfig(kubeconfig, clusterAddressOf(world.ready.kubeconfig), user);
    await world.admin(["wait", "--for=condition=Ready", `agent/${name}`, "--timeout=60s"]);
    await play(world.asker(name, kubeconfig));
  } finally {
    rmSync(kubeconfig, { force: true });
    for (const { kind } of objects.toReversed())
      await world.admin(["delete", kind, name, "--ignore-not-found", "-n", namespace]);
  }
}

function objectsOf(name: string, { roles = [], limits }: GuestSpec) {
  const subject = { kind: "ServiceAccount", namespace, name };
  const agent = {
    subjects: [subject],
    ...(roles.length > 0 ? { roles } : {}),
    ...(limits === undefined ? {} : { riskProfile: name }),
  };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name, namespace },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "agent-safe-agent" },
      subjects: [subject],
    },
    ...(limits === undefined ? [] : [{ apiVersion: api, kind: "RiskProfile", metadata: { name }, spec: limits }]),
    { apiVersion: api, kind: "Agent", metadata: { name }, spec: agent },
  ];
}
