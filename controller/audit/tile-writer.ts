import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errnoOf } from "./errors.ts";
import { type Sync, syncFolder, writeWhole } from "./files.ts";
import { formatBundle, TILE_WIDTH, tilePath } from "./tiles.ts";
import { createTree, type Tree } from "./tree.ts";

/** The tree of a log and the tiles that hold it. */
export interface TileWriter {
  readonly tree: Tree;
  add(leaf: Buffer, entry: Buffer): void;
  /** Writes what is new; full tiles are durable when it resolves. After a failure it can be called again. */
  flush(): Promise<void>;
  /** Removes partial tiles that the last flush replaced. Call it once the checkpoint that needs the new ones stands. */
  prune(): Promise<void>;
}

/** Files that are open at a time. */
const FILES_AT_ONCE = 64;

interface Open {
  index: number;
  hashes: Buffer[];
}

/** Where a tile writer begins: at a multiple of 256 leaves, with the unfinished tiles of the levels above. */
export interface TileStart {
  size: number;
  edge: Buffer[];
  /** Per level from 1 on, the hashes of its unfinished tile. */
  upper: Buffer[][];
}

export function createTileWriter(dir: string, start: TileStart, sync: Sync): TileWriter {
  const levels: Open[] = [{ index: start.size / TILE_WIDTH, hashes: [] }];
  start.upper.forEach((hashes, i) => {
    levels.push({ index: Math.floor(start.size / TILE_WIDTH ** (i + 2)), hashes });
  });
  let bundle: Buffer[] = [];
  const full = new Map<string, Buffer>();
  const stale = new Set<string>();
  let partials = new Set<string>();

  const tree = createTree(start.size, start.edge, (level, node) => {
    levels[level] ??= { index: 0, hashes: [] };
    const open = levels[level];
    open.hashes.push(node);
    if (open.hashes.length < TILE_WIDTH) return;
    full.set(tilePath(level, open.index), Buffer.concat(open.hashes));
    levels[level] = { index: open.index + 1, hashes: [] };
  });

  return {
    tree,
    add(leaf, entry) {
      const index = Math.floor(tree.size / TILE_WIDTH);
      bundle.push(entry);
      tree.append(leaf);
      if (bundle.length < TILE_WIDTH) return;
      full.set(tilePath("entries", index), formatBundle(bundle));
      bundle = [];
    },
    async flush() {
      // Everything is taken down before the first wait: events that come meanwhile belong to the next flush.
      const finished = [...full];
      const open = new Map<string, Buffer>();
      for (const [level, { index, hashes }] of levels.entries()) {
        if (hashes.length > 0) open.set(tilePath(level, index, hashes.length), Buffer.concat(hashes));
      }
      if (bundle.length > 0) {
        open.set(tilePath("entries", Math.floor(tree.size / TILE_WIDTH), bundle.length), formatBundle(bundle));
      }
      for (let i = 0; i < finished.length; i += FILES_AT_ONCE) {
        await writeWhole(
          finished.slice(i, i + FILES_AT_ONCE).map(([path, data]) => [join(dir, path), data]),
          sync,
        );
      }
      for (const folder of new Set(finished.map(([path]) => dirname(path)))) await syncFolder(join(dir, folder));
      for (const [path] of finished) {
        full.delete(path);
        stale.add(`${path}.p`);
      }
      // Partial tiles can be computed again from the log, so they need not be durable.
      for (const [path, data] of open) if (!partials.has(path)) await writeWhole([[join(dir, path), data]]);
      for (const path of partials) if (!open.has(path)) stale.add(path);
      partials = new Set(open.keys());
    },
    async prune() {
      for (const path of stale) {
        await rm(join(dir, path), { recursive: true, force: true });
        stale.delete(path);
      }
    },
  };
}

/** Removes partial tiles of other sizes than `size` that an earlier process left behind at the edge of the tree. */
export async function prunePartials(dir: string, size: number): Promise<void> {
  const levels: (number | "entries")[] = ["entries"];
  for (let level = 0; TILE_WIDTH ** level <= Math.max(size, 1); level++) levels.push(level);
  for (const level of levels) {
    const count = level === "entries" ? size : Math.floor(size / TILE_WIDTH ** level);
    const folder = join(dir, `${tilePath(level, Math.floor(count / TILE_WIDTH))}.p`);
    const names = await readdir(folder).catch((error: unknown) => {
      if (errnoOf(error) === "ENOENT") return [];
      throw error;
    });
    for (const name of names) if (name !== String(count % TILE_WIDTH)) await rm(join(folder, name), { force: true });
  }
}
