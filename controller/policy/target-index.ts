import { SENTINEL_TARGET_ID, SENTINEL_TARGET_TYPE } from "../api/names.ts";
import type { Target } from "../api/types.ts";
import { SENSITIVITIES, type Sensitivity } from "../api/vocabulary.ts";
import { containerKey, containersOf } from "./container.ts";
import { labelBits } from "./label-bits.ts";
import type { Posting } from "./posting.ts";
import { resourceKey } from "./resource.ts";
import { maxSensitivity } from "./risk.ts";

/** A Target as the engine keeps it. */
export interface IndexedTarget {
  id: string;
  object: Target;
  resource: string | undefined;
  /** The container that it is. */
  container: string | undefined;
  /** The containers that it is in. */
  inside: string[];
  /** How much it counts for the containers that it is in. */
  weight: Sensitivity;
  labelBits: number;
  /** Kept by whoever computes it first. */
  digest?: string | undefined;
  /** Rules that the index files under what this target is, and the version of the index that said so. */
  filed: { version: number; lists: Posting[] } | undefined;
}

export type FoundTarget = { target: IndexedTarget } | { error: "UnknownTarget" | "DuplicateTarget"; names: string[] };

function insert<V>(map: Map<string, Set<V>>, key: string, value: V): void {
  const set = map.get(key);
  if (set) set.add(value);
  else map.set(key, new Set([value]));
}

function take<V>(map: Map<string, Set<V>>, key: string, value: V): void {
  const set = map.get(key);
  if (set?.delete(value) && set.size === 0) map.delete(key);
}

/** All registered Targets, by id and by resource, with the greatest sensitivity kept per container. */
export class TargetIndex {
  readonly byName = new Map<string, IndexedTarget>();
  readonly #byId = new Map<string, Set<IndexedTarget>>();
  readonly #byResource = new Map<string, Set<IndexedTarget>>();
  /** Number of targets per sensitivity in each container; counts, so that removal is as cheap as insertion. */
  readonly #contents = new Map<string, number[]>();

  upsert(object: Target): void {
    this.remove(object.metadata.name);
    const { spec } = object;
    const container = containerKey(spec);
    const entry: IndexedTarget = {
      id: spec.id ?? object.metadata.name,
      object,
      resource: resourceKey(spec),
      container,
      inside: containersOf(spec),
      weight: container && spec.contents !== "registered" ? "critical" : spec.sensitivity,
      labelBits: labelBits(spec.labels),
      digest: undefined,
      filed: undefined,
    };
    this.byName.set(object.metadata.name, entry);
    if (spec.type === SENTINEL_TARGET_TYPE || entry.id === SENTINEL_TARGET_ID) return; // kept, never resolvable
    insert(this.#byId, entry.id, entry);
    if (entry.resource) insert(this.#byResource, entry.resource, entry);
    this.#count(entry, 1);
  }

  remove(name: string): void {
    const entry = this.byName.get(name);
    if (!entry) return;
    this.byName.delete(name);
    if (!this.#byId.get(entry.id)?.has(entry)) return;
    take(this.#byId, entry.id, entry);
    if (entry.resource) take(this.#byResource, entry.resource, entry);
    this.#count(entry, -1);
  }

  /** The one Target of this id. With two of one id, or two of one resource, none of them is found. */
  find(id: string): FoundTarget {
    const found = this.#byId.get(id);
    if (!found) return { error: "UnknownTarget", names: [] };
    if (found.size > 1) return { error: "DuplicateTarget", names: names(found) };
    const [target] = found;
    if (!target) return { error: "UnknownTarget", names: [] };
    const same = target.resource === undefined ? undefined : this.#byResource.get(target.resource);
    if (same && same.size > 1) return { error: "DuplicateTarget", names: names(same) };
    return { target };
  }

  /**
   * How sensitive a target counts: itself, and for a container the most sensitive thing registered in it, or critical
   * where nobody asserts that all that matters is registered.
   */
  sensitivity(target: IndexedTarget): Sensitivity {
    if (!target.container) return target.object.spec.sensitivity;
    if (target.object.spec.contents !== "registered" || target.container.endsWith("/unknown")) return "critical";
    const counts = this.#contents.get(target.container);
    if (!counts) return target.object.spec.sensitivity;
    for (let i = SENSITIVITIES.length - 1; i >= 0; i--) {
      if ((counts[i] ?? 0) > 0) return maxSensitivity(target.object.spec.sensitivity, SENSITIVITIES[i] ?? "critical");
    }
    return target.object.spec.sensitivity;
  }

  #count(entry: IndexedTarget, by: 1 | -1): void {
    const at = SENSITIVITIES.indexOf(entry.weight);
    for (const key of entry.inside) {
      let counts = this.#contents.get(key);
      if (!counts) {
        counts = SENSITIVITIES.map(() => 0);
        this.#contents.set(key, counts);
      }
      counts[at] = (counts[at] ?? 0) + by;
      if (counts.every((count) => count === 0)) this.#contents.delete(key);
    }
  }
}

function names(entries: Iterable<IndexedTarget>): string[] {
  return [...entries].map((entry) => entry.object.metadata.name).sort();
}
