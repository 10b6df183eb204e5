import type { Target } from "../../controller/api/types.ts";
import type { Profile } from "../../controller/policy/types.ts";
import { Leftovers } from "./leftovers.ts";
import type { Names } from "./names.ts";
import { fault, inside, type Place, shown, warn } from "./problem.ts";
import { guessResource } from "./resource.ts";
import type { PythonTarget } from "./shapes.ts";

const ID = /^[A-Za-z0-9]([A-Za-z0-9._/:-]*[A-Za-z0-9])?$/;

function checkSizes(target: PythonTarget, place: Place): void {
  if (!ID.test(target.id) || target.id.length > 253)
    fault(
      inside(place, "id"),
      `${shown(target.id)} can't be the id of a target: it must match ${ID.source}`,
      "rename it",
    );
  if (target.labels.size > 32) fault(inside(place, "labels"), "has more than 32 labels");
  for (const [key, value] of target.labels) {
    if (key === "" || key.length > 253 || value.length > 253)
      fault(inside(place, "labels", key), "is empty, or longer than 253 characters");
  }
}

/** The Target that says the same; under `strict` with a proposed resource, which only a person can confirm. */
export function toTarget(target: PythonTarget, types: Names, names: Names, profile: Profile, place: Place): Target {
  checkSizes(target, place);
  const left = new Leftovers();
  const type = types.of(target.type);
  if (type !== target.type) left.keep("type", target.type);
  if (target.owner.length > 253) left.keep("owner", target.owner);
  const resource = profile === "strict" ? guessResource(target) : undefined;
  if (profile === "strict") {
    const what = resource
      ? "is proposed from id and type; check that this is the thing that is meant"
      : "must be written";
    warn(inside(place, "id"), `the inventory does not say what ${shown(target.id)} is: spec.resource ${what}`);
  }
  return {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "Target",
    metadata: { name: names.of(target.id), ...left.annotations() },
    spec: {
      id: target.id,
      type,
      environment: target.environment,
      sensitivity: target.sensitivity,
      ...(target.owner !== "" && { owner: target.owner.slice(0, 253) }),
      ...(target.labels.size > 0 && { labels: Object.fromEntries(target.labels) }),
      ...(resource && { resource }),
    },
  };
}
