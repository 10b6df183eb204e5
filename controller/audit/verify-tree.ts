import type { Checkpoint } from "./checkpoint.ts";
import { parseHashes, readTile, TILE_WIDTH, tilePath } from "./tiles.ts";
import { createTree } from "./tree.ts";
import { VerifyProblem } from "./verify-types.ts";

/** A checkpoint that the log must contain. */
export interface Point extends Checkpoint {
  /** How to call it in a message. */
  label: string;
  /** Exit status when the log does not contain it. */
  exit: 1 | 4;
}

/** Rebuilds the tree from the hashes of level 0 and compares every tile above and every known root with it. */
export interface TreeCheck {
  readonly size: number;
  root(): Buffer;
  /** Takes the hash of the next event. @throws VerifyProblem */
  append(leaf: Buffer): void;
  /** Compares tiles that were finished. @throws VerifyProblem */
  compare(): Promise<void>;
  /** Compares the unfinished tiles of the levels above 0. @throws VerifyProblem */
  finish(): Promise<void>;
}

export function createTreeCheck(dir: string, points: readonly Point[]): TreeCheck {
  const open: { index: number; hashes: Buffer[] }[] = [];
  let done: { level: number; index: number; hashes: Buffer[] }[] = [];
  const tree = createTree(0, [], (level, node) => {
    if (level === 0) return;
    open[level] ??= { index: 0, hashes: [] };
    const tile = open[level];
    tile.hashes.push(node);
    if (tile.hashes.length < TILE_WIDTH) return;
    done.push({ level, ...tile });
    open[level] = { index: tile.index + 1, hashes: [] };
  });

  async function compareTile(level: number, index: number, hashes: Buffer[]): Promise<void> {
    const path = tilePath(level, index, hashes.length);
    const read = await readTile(dir, level, index, hashes.length);
    if (!read) throw new VerifyProblem(3, `${path} is missing`);
    const stored = parseHashes(read.data, read.width);
    const bad = hashes.findIndex((hash, i) => !stored[i]?.equals(hash));
    if (bad >= 0) throw new VerifyProblem(1, `${path}: hash ${bad} differs from the tree of the events`);
  }

  return {
    get size() {
      return tree.size;
    },
    root: () => tree.root(),
    append(leaf) {
      tree.append(leaf);
      for (const point of points) {
        if (point.size !== tree.size || tree.root().toString("base64") === point.root) continue;
        throw new VerifyProblem(point.exit, `the first ${point.size} events are not those of ${point.label}`);
      }
    },
    async compare() {
      const finished = done;
      done = [];
      for (const { level, index, hashes } of finished) await compareTile(level, index, hashes);
    },
    async finish() {
      await this.compare();
      for (const [level, tile] of open.entries()) {
        if (tile && tile.hashes.length > 0) await compareTile(level, tile.index, tile.hashes);
      }
    },
  };
}
