import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AuditError, errnoOf } from "./errors.ts";
import { perfectRoot } from "./tree.ts";

/** Hashes per tile and entries per bundle (C2SP tlog-tiles). */
export const TILE_WIDTH = 256;

/** `1234067` → `x001/x234/067`, as tlog-tiles writes a tile's number. */
export function tileNumber(index: number): string {
  const groups = [String(index % 1000).padStart(3, "0")];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`x${String(rest % 1000).padStart(3, "0")}`);
  }
  return groups.join("/");
}

/** Path of a tile below the log's folder. `width` < 256 names the partial tile. */
export function tilePath(level: number | "entries", index: number, width = TILE_WIDTH): string {
  const path = `tile/${level}/${tileNumber(index)}`;
  return width < TILE_WIDTH ? `${path}.p/${width}` : path;
}

async function tryRead(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/**
 * A tile with at least `width` items: the partial of that width, the full one, or a wider partial (a live writer
 * replaces partial tiles). Undefined when there is none.
 */
export async function readTile(
  dir: string,
  level: number | "entries",
  index: number,
  width = TILE_WIDTH,
): Promise<{ data: Buffer; width: number } | undefined> {
  const full = join(dir, tilePath(level, index));
  for (let attempt = 0; attempt < 5; attempt++) {
    if (width < TILE_WIDTH) {
      const data = await tryRead(join(dir, tilePath(level, index, width)));
      if (data) return { data, width };
    }
    const data = await tryRead(full);
    if (data) return { data, width: TILE_WIDTH };
    const names = await readdir(`${full}.p`).catch((error: unknown) => {
      if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return [];
      throw error;
    });
    const wider = names.map(Number).filter((n) => n >= width && n < TILE_WIDTH);
    if (wider.length === 0) return undefined;
    const best = Math.max(...wider);
    const partial = await tryRead(join(dir, tilePath(level, index, best)));
    if (partial) return { data: partial, width: best };
  }
  return undefined;
}

/** The hashes in a hash tile. @throws AuditError LOG_CORRUPT when its length does not fit `width`. */
export function parseHashes(data: Buffer, width: number): Buffer[] {
  if (data.length !== width * 32) {
    throw new AuditError("LOG_CORRUPT", `a tile of ${width} hashes has ${data.length} bytes, not ${width * 32}`);
  }
  const hashes: Buffer[] = [];
  for (let i = 0; i < width; i++) hashes.push(data.subarray(i * 32, i * 32 + 32));
  return hashes;
}

/** The entries of a bundle (each led by its length as a big-endian uint16). @throws AuditError LOG_CORRUPT */
export function parseBundle(data: Buffer, width: number): Buffer[] {
  const entries: Buffer[] = [];
  let at = 0;
  while (at < data.length) {
    const length = at + 2 <= data.length ? data.readUInt16BE(at) : Number.POSITIVE_INFINITY;
    if (at + 2 + length > data.length) throw new AuditError("LOG_CORRUPT", "an entry bundle ends within an entry");
    entries.push(data.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  if (entries.length !== width) {
    throw new AuditError("LOG_CORRUPT", `an entry bundle holds ${entries.length} entries, not ${width}`);
  }
  return entries;
}

/** An entry bundle of the given entries. */
export function formatBundle(entries: Buffer[]): Buffer {
  const parts: Buffer[] = [];
  for (const entry of entries) {
    const length = Buffer.allocUnsafe(2);
    length.writeUInt16BE(entry.length);
    parts.push(length, entry);
  }
  return Buffer.concat(parts);
}

/**
 * Reads nodes of tile levels, keeping one tile per level in memory. A node whose tile is missing is computed from
 * the tile below it, so only level 0 must be complete.
 */
export function createNodeReader(dir: string): (level: number, index: number) => Promise<Buffer> {
  const last = new Map<number, { index: number; hashes: Buffer[] }>();
  async function node(level: number, index: number): Promise<Buffer> {
    const tile = Math.floor(index / TILE_WIDTH);
    const within = index % TILE_WIDTH;
    const cached = last.get(level);
    const hit = cached?.index === tile ? cached.hashes[within] : undefined;
    if (hit) return hit;
    const read = await readTile(dir, level, tile, within + 1);
    if (read) {
      const hashes = parseHashes(read.data, read.width);
      last.set(level, { index: tile, hashes });
      const hash = hashes[within];
      if (hash) return hash;
    }
    if (level === 0) throw new AuditError("LOG_CORRUPT", `${dirname(tilePath(0, tile))}: no hash of event ${index}`);
    const children: Buffer[] = [];
    for (let i = 0; i < TILE_WIDTH; i++) children.push(await node(level - 1, index * TILE_WIDTH + i));
    return perfectRoot(children);
  }
  return node;
}
