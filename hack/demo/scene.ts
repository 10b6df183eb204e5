import type { Asker, RequestSpec, RequestView, World } from "./world.ts";

/** One scene of the tour. `play` says what it sees and throws when it did not come out as told. */
export interface Scene {
  title: string;
  why: string;
  play(world: World, say: (line: string) => void): Promise<void>;
}

/** Throws unless it holds. */
export function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not as told: ${what}`);
}

/** Lets an agent ask, says so, and gives the request's name. */
export async function created(asker: Asker, spec: RequestSpec, say: (line: string) => void): Promise<string> {
  const { name, refused } = await asker.request(spec);
  if (name === undefined) throw new Error(`not as told: the API server refused the request: ${refused}`);
  say(`${asker.name} creates ActionRequest agents/${name}: ${spec.action} on ${spec.target}`);
  return name;
}

/** Where a request stands and why, in one line. */
export function story(view: RequestView): string {
  const { decision } = view.status ?? {};
  const ready = view.status?.conditions?.find(({ type }) => type === "Ready");
  const rule = decision?.rule === undefined ? "no rule decided" : `rule ${decision.policy}/${decision.rule}`;
  return `${ready?.reason}: ${ready?.message} (${rule}; risk ${decision?.riskClass}, on this target ${decision?.effectiveRisk})`;
}

/** Whether a request was denied for this cause. */
export function deniedFor(view: RequestView, cause: string): boolean {
  return view.status?.conditions?.some(({ type, reason }) => type === "Denied" && reason === cause) === true;
}

/** Reasons of `Ready` at which a request stays unless somebody does something. */
export const SETTLED = [
  "AwaitingApproval",
  "Denied",
  "Succeeded",
  "Failed",
  "TimedOut",
  "Expired",
  "Cancelled",
] as const;

/** Lets an agent ask, waits until the request stays as it is, and tells its story. */
export async function asked(
  world: World,
  asker: Asker,
  spec: RequestSpec,
  say: (line: string) => void,
): Promise<RequestView> {
  const view = await world.until(await created(asker, spec, say), SETTLED);
  say(`  ${story(view)}`);
  return view;
}
