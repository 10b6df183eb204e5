import type { Delegation } from "../api/types.ts";

/** A Delegation's key: `namespace/name`. */
export function delegationKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** All Delegations that are known, by namespace and name. */
export class DelegationIndex {
  readonly #byKey = new Map<string, Delegation>();
  readonly #children = new Map<string, Set<string>>();

  /** Takes an object in, unless a younger state of it is known already. */
  upsert(delegation: Delegation): void {
    const key = keyOf(delegation);
    const known = this.#byKey.get(key);
    if (known && isOlder(delegation, known)) return;
    this.remove(key);
    this.#byKey.set(key, delegation);
    const parent = parentKey(delegation);
    if (parent === undefined) return;
    const siblings = this.#children.get(parent);
    if (siblings) siblings.add(key);
    else this.#children.set(parent, new Set([key]));
  }

  remove(key: string): void {
    const known = this.#byKey.get(key);
    if (!known) return;
    this.#byKey.delete(key);
    const parent = parentKey(known);
    const siblings = parent === undefined ? undefined : this.#children.get(parent);
    if (parent !== undefined && siblings?.delete(key) && siblings.size === 0) this.#children.delete(parent);
  }

  get(key: string): Delegation | undefined {
    return this.#byKey.get(key);
  }

  keys(): string[] {
    return [...this.#byKey.keys()];
  }

  /** Keys of everything that names this one as its parent, directly or through others. */
  descendants(key: string): string[] {
    const found = new Set<string>();
    const open = [key];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const child of this.#children.get(next) ?? []) {
        if (found.has(child)) continue;
        found.add(child);
        open.push(child);
      }
    }
    return [...found];
  }
}

function keyOf({ metadata }: Delegation): string {
  return delegationKey(metadata.namespace ?? "", metadata.name);
}

function parentKey({ metadata, spec }: Delegation): string | undefined {
  return spec.parentRef === undefined ? undefined : delegationKey(metadata.namespace ?? "", spec.parentRef.name);
}

function isOlder(next: Delegation, known: Delegation): boolean {
  if (next.metadata.uid !== known.metadata.uid) return false;
  const a = Number(next.metadata.resourceVersion);
  const b = Number(known.metadata.resourceVersion);
  return Number.isFinite(a) && Number.isFinite(b) && a < b;
}
