import type { Target } from "../../controller/api/types.ts";
import { resourceKey } from "../../controller/policy/resource.ts";
import { quote } from "./quote.ts";
import type { Finding } from "./response.ts";

/** Looks targets up by one of their keys. */
export type TargetsByKey = (index: "id" | "resource", key: string) => readonly Target[];

/** The id that requests name a target by. */
export function targetId(target: Target): string {
  return target.spec.id ?? target.metadata.name;
}

/** Refuses a target whose id or resource another one has already: neither of the two could be resolved. */
export function checkDuplicates(target: Target, find: TargetsByKey): Finding[] {
  const others = (index: "id" | "resource", key: string) =>
    find(index, key)
      .map(({ metadata }) => metadata.name)
      .filter((name) => name !== target.metadata.name)
      .sort();
  const findings: Finding[] = [];
  const id = targetId(target);
  const sameId = others("id", id);
  if (sameId.length > 0) {
    const message = `${quote(id)} is already the id of Target ${list(sameId)}: choose another, or change that one`;
    findings.push({ path: "spec.id", code: "DuplicateTarget", message });
  }
  const key = resourceKey(target.spec);
  const sameResource = key === undefined ? [] : others("resource", key);
  if (sameResource.length > 0) {
    const message = `this resource is already registered by Target ${list(sameResource)}: one thing has one Target`;
    findings.push({ path: "spec.resource", code: "DuplicateTarget", message });
  }
  return findings;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 3).map(quote).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
