import { EMPTY_ROOT, nodeHash } from "./hash.ts";

/** An RFC 6962 tree of which only the right edge is kept: O(log n) memory. */
export interface Tree {
  readonly size: number;
  /** Adds the hash of the next leaf. */
  append(leaf: Buffer): void;
  /** The root over all leaves so far. */
  root(): Buffer;
}

/**
 * @param size leaves before the first append
 * @param edge roots of the perfect subtrees of those leaves, largest (leftmost) first
 * @param onNode told of every finished node of a level that is a multiple of 8: those are what tiles hold
 */
export function createTree(size = 0, edge: Buffer[] = [], onNode?: (level: number, node: Buffer) => void): Tree {
  const stack = [...edge];
  let leaves = size;
  return {
    get size() {
      return leaves;
    },
    append(leaf) {
      let node = leaf;
      let level = 0;
      onNode?.(0, node);
      // Each trailing 1 bit of the old size is a finished left sibling.
      for (let rest = leaves; rest % 2 === 1; rest = (rest - 1) / 2) {
        const left = stack.pop();
        if (left === undefined) throw new RangeError(`the edge of a tree of ${leaves} leaves is incomplete`);
        node = nodeHash(left, node);
        level++;
        if (level % 8 === 0) onNode?.(level / 8, node);
      }
      stack.push(node);
      leaves++;
    },
    root() {
      let node = stack.at(-1);
      if (node === undefined) return EMPTY_ROOT;
      for (let i = stack.length - 2; i >= 0; i--) {
        const left = stack[i];
        if (left) node = nodeHash(left, node);
      }
      return node;
    },
  };
}

/** The root of a perfect tree over the given hashes (their number is a power of two). */
export function perfectRoot(hashes: Buffer[]): Buffer {
  let level = hashes;
  while (level.length > 1) {
    const next: Buffer[] = [];
    for (let i = 0; i + 1 < level.length; i += 2) {
      const [left, right] = [level[i], level[i + 1]];
      if (left && right) next.push(nodeHash(left, right));
    }
    level = next;
  }
  return level[0] ?? EMPTY_ROOT;
}

/**
 * The roots of the perfect subtrees of the first `size` leaves, largest first, from stored nodes.
 * @param node the hash of node `index` of tile level `level` (256^level leaves each)
 */
export async function edgeOf(size: number, node: (level: number, index: number) => Promise<Buffer>): Promise<Buffer[]> {
  const edge: Buffer[] = [];
  let done = 0;
  for (let height = 52; height >= 0; height--) {
    const width = 2 ** height;
    if (done + width > size) continue;
    const level = Math.floor(height / 8);
    const count = 2 ** (height % 8);
    const first = done / 256 ** level;
    const hashes: Buffer[] = [];
    for (let i = 0; i < count; i++) hashes.push(await node(level, first + i));
    edge.push(perfectRoot(hashes));
    done += width;
  }
  return edge;
}
