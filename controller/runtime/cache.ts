import { type KubeObject, keyOf } from "./types.ts";

/** One step from an older state to a newer one, in the order in which handlers must see it. */
export type Change<T> =
  | { type: "add"; object: T }
  | { type: "update"; object: T; old: T }
  | { type: "delete"; object: T };

/** Which index values an object is found under. */
export type IndexFunction<T> = (object: T) => readonly string[];

interface Index<T> {
  fn: IndexFunction<T>;
  keys: Map<string, Set<string>>;
}

/** Objects by key with secondary indexes. Objects are shared, not copied: nobody may change them. */
export interface Cache<T extends KubeObject> {
  readonly size: number;
  get(key: string): T | undefined;
  list(): T[];
  addIndex(name: string, fn: IndexFunction<T>): void;
  byIndex(name: string, value: string): T[];
  /** Takes in one object; the answer is what changed. Another UID under the same key is a delete, then an add. */
  put(object: T): Change<T>[];
  remove(object: T): Change<T>[];
  /** Takes in a whole list; what it lacks is deleted. Deletions come first. */
  replace(objects: T[]): Change<T>[];
}

export function createCache<T extends KubeObject>(): Cache<T> {
  const objects = new Map<string, T>();
  const indexes = new Map<string, Index<T>>();

  function unindex(key: string, object: T): void {
    for (const index of indexes.values()) {
      for (const value of index.fn(object)) {
        const keys = index.keys.get(value);
        keys?.delete(key);
        if (keys?.size === 0) index.keys.delete(value);
      }
    }
  }

  function indexInto(index: Index<T>, key: string, object: T): void {
    for (const value of index.fn(object)) {
      const keys = index.keys.get(value);
      if (keys) keys.add(key);
      else index.keys.set(value, new Set([key]));
    }
  }

  function set(key: string, object: T, old: T | undefined): void {
    if (old) unindex(key, old);
    objects.set(key, object);
    for (const index of indexes.values()) indexInto(index, key, object);
  }

  function put(object: T): Change<T>[] {
    const key = keyOf(object);
    const old = objects.get(key);
    if (old && old.metadata.uid === object.metadata.uid) {
      if (old.metadata.resourceVersion === object.metadata.resourceVersion) return [];
      set(key, object, old);
      return [{ type: "update", object, old }];
    }
    set(key, object, old);
    const added: Change<T> = { type: "add", object };
    return old ? [{ type: "delete", object: old }, added] : [added];
  }

  function drop(key: string, old: T): void {
    unindex(key, old);
    objects.delete(key);
  }

  return {
    get size() {
      return objects.size;
    },
    get: (key) => objects.get(key),
    list: () => [...objects.values()],
    addIndex(name, fn) {
      const index: Index<T> = { fn, keys: new Map() };
      indexes.set(name, index);
      for (const [key, object] of objects) indexInto(index, key, object);
    },
    byIndex(name, value) {
      const index = indexes.get(name);
      if (!index) throw new Error(`no index ${name}`);
      const found: T[] = [];
      for (const key of index.keys.get(value) ?? []) {
        const object = objects.get(key);
        if (object) found.push(object);
      }
      return found;
    },
    put,
    remove(object) {
      const key = keyOf(object);
      const old = objects.get(key);
      // The deletion of an object that was replaced by another of its name is not news.
      if (!old || old.metadata.uid !== object.metadata.uid) return [];
      drop(key, old);
      // The event holds the object's last state, which is newer than the cached one.
      return [{ type: "delete", object }];
    },
    replace(list) {
      const changes: Change<T>[] = [];
      const keys = new Set(list.map(keyOf));
      for (const [key, old] of objects) {
        if (keys.has(key)) continue;
        drop(key, old);
        changes.push({ type: "delete", object: old });
      }
      for (const object of list) for (const change of put(object)) changes.push(change);
      return changes;
    },
  };
}
