import { ACTIONS } from "../controller/api/constants.ts";
import type { Action } from "../controller/api/types.ts";
import type { Cluster } from "./cluster.ts";

type Spec = Action["spec"];

/** What somebody who wants to ask for an action has to know of it. */
export interface ActionSummary
  extends Pick<Spec, "version" | "description" | "riskClass" | "targetTypes" | "parameters" | "reversible" | "tags"> {
  name: string;
}

/** The same of any Action. */
export function summaryOf({ metadata, spec }: Action): ActionSummary {
  const { version, description, riskClass, targetTypes, parameters, reversible, tags } = spec;
  return { name: metadata.name, version, description, riskClass, targetTypes, parameters, reversible, tags };
}

/** The cluster's catalog, by name. Needs the right to list Actions (ClusterRole `agent-safe-catalog-reader`). */
export async function listClusterActions({ client, closing }: Cluster): Promise<ActionSummary[]> {
  const { items } = await client.list<Action>(ACTIONS, { signal: closing });
  return items.map(summaryOf).sort(byName);
}

/** In the order of code points, the same everywhere. */
export function byName(a: ActionSummary, b: ActionSummary): number {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}
