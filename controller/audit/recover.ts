import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Checkpoint, openCheckpoint } from "./checkpoint.ts";
import { AuditError, errnoOf } from "./errors.ts";
import { type AuditEvent, parseEvent } from "./event.ts";
import { type Sync, syncOrDie } from "./files.ts";
import { leafHash, ZERO_HASH } from "./hash.ts";
import type { NoteVerifier } from "./note.ts";
import { createTileWriter, type TileStart, type TileWriter } from "./tile-writer.ts";
import { createNodeReader, TILE_WIDTH } from "./tiles.ts";
import { createTree, edgeOf } from "./tree.ts";
import { listSegments, readLines, type Segment } from "./wal.ts";

/** A log as it was found: its tree up to the last event, ready to go on. */
export interface Recovered {
  /** Events in the log. */
  size: number;
  /** Hex leaf hash of the last event. */
  prev: string;
  /** Highest epoch any file or event names; 0 for a new log. */
  epoch: number;
  tiles: TileWriter;
  /** The last signed checkpoint, or undefined for a new log. */
  checkpoint: Checkpoint | undefined;
  /** Bytes of an unfinished write that were dropped. */
  dropped: number;
}

interface Replayed extends Recovered {
  /** Where the unfinished write begins. */
  torn?: { segment: Segment; offset: number };
}

/** What recovery needs to know. `known` is a checkpoint remembered elsewhere that the log must still contain. */
export interface RecoverOptions {
  dir: string;
  origin: string;
  verifier: NoteVerifier;
  sync: Sync;
  known?: Checkpoint | undefined;
}

async function readCheckpoint({ dir, verifier, origin }: RecoverOptions): Promise<Checkpoint | undefined> {
  let source: string;
  try {
    source = await readFile(join(dir, "checkpoint"), "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
  const checkpoint = openCheckpoint(source, [verifier]);
  if (checkpoint.origin !== origin) {
    throw new AuditError("LOG_ROLLBACK_DETECTED", `the folder holds the log of ${checkpoint.origin}, not of ${origin}`);
  }
  return checkpoint;
}

function rollback(message: string): AuditError {
  return new AuditError("LOG_ROLLBACK_DETECTED", `${message}; nothing is written until a person has looked at it`);
}

async function cut(dir: string, segment: Segment, length: number, sync: Sync): Promise<void> {
  const file = await open(join(dir, "wal", segment.name), "r+");
  try {
    await file.truncate(length);
    await syncOrDie(file, sync, segment.name);
  } finally {
    await file.close();
  }
}

/** The tree over the full tiles below the checkpoint, or undefined when they can't be read. */
async function startFromTiles(dir: string, size: number): Promise<TileStart | undefined> {
  const base = size - (size % TILE_WIDTH);
  if (base === 0) return undefined;
  const node = createNodeReader(dir);
  try {
    const upper: Buffer[][] = [];
    for (let level = 1; TILE_WIDTH ** level <= base; level++) {
      const count = Math.floor(base / TILE_WIDTH ** level);
      const hashes: Buffer[] = [];
      for (let i = count - (count % TILE_WIDTH); i < count; i++) hashes.push(await node(level, i));
      upper.push(hashes);
    }
    return { size: base, edge: await edgeOf(base, node), upper };
  } catch (error) {
    if (error instanceof AuditError) return undefined;
    throw error;
  }
}

async function replay(
  options: RecoverOptions,
  start: TileStart,
  checkpoint: Checkpoint | undefined,
): Promise<Replayed> {
  const { dir, origin, sync, known } = options;
  const segments = await listSegments(dir);
  const tiles = createTileWriter(dir, start, sync);
  let size = start.size;
  let epoch = segments.reduce((highest, s) => Math.max(highest, s.epoch), 0);
  let prev = start.size === 0 ? ZERO_HASH : (await createNodeReader(dir)(0, start.size - 1)).toString("hex");
  let dropped = 0;
  let unfinished: Replayed["torn"];

  for await (const { segment, lines, offset, torn } of readLines(dir, start.size, segments)) {
    const last = segment === segments.at(-1);
    for (const line of lines) {
      const where = `${segment.name}, event ${size}`;
      let event: AuditEvent;
      try {
        event = parseEvent(line);
      } catch (error) {
        // It ends with a newline, so it may have been acknowledged: not ours to drop.
        throw new AuditError("LOG_CORRUPT", `${where}: not readable`, { cause: error });
      }
      if (event.seq !== size) throw new AuditError("LOG_CORRUPT", `${where}: found event ${event.seq} instead`);
      if (event.origin !== origin) throw new AuditError("LOG_CORRUPT", `${where}: an event of ${event.origin}`);
      if (event.prev !== prev) throw rollback(`${where}: does not follow the event before it`);
      const leaf = leafHash(line);
      tiles.add(leaf, line);
      prev = leaf.toString("hex");
      epoch = Math.max(epoch, event.epoch);
      size++;
      for (const point of [checkpoint, known]) {
        if (point?.size === size && tiles.tree.root().toString("base64") !== point.root) {
          throw rollback(`the first ${size} events are not those that were signed`);
        }
      }
    }
    if (!torn?.length) continue;
    // Without a newline the write never ended, so nobody was told that it had.
    if (!last) throw new AuditError("LOG_CORRUPT", `${segment.name}: ends within an event, and others follow`);
    unfinished = { segment, offset };
    dropped = torn.length;
  }
  return { size, prev, epoch, tiles, checkpoint, dropped, torn: unfinished };
}

/**
 * Finds out where a log stands. It starts from the full tiles below the last checkpoint, whose root proves them, and reads
 * only the events after them; when the tiles are damaged it reads the whole log and makes them anew.
 * @throws AuditError LOG_ROLLBACK_DETECTED, LOG_CORRUPT, BAD_SIGNATURE, BAD_NOTE
 */
export async function recover(options: RecoverOptions): Promise<Recovered> {
  const { dir, known } = options;
  const checkpoint = await readCheckpoint(options);
  const empty: TileStart = { size: 0, edge: [], upper: [] };
  let found: Replayed | undefined;
  const start = checkpoint ? await startFromTiles(dir, checkpoint.size) : undefined;
  if (start) {
    found = await replay(options, start, checkpoint).catch((error: unknown) => {
      if (error instanceof AuditError && error.code !== "AUDIT_FATAL") return undefined;
      throw error;
    });
  }
  found ??= await replay(options, empty, checkpoint);
  if (checkpoint && found.size < checkpoint.size) {
    throw rollback(`the log has ${found.size} events, but ${checkpoint.size} were signed`);
  }
  if (!checkpoint && found.size > 2) {
    // The first checkpoint stands before the first append is taken.
    throw rollback(`the log has ${found.size} events but no checkpoint`);
  }
  if (known && found.size < known.size) {
    throw rollback(`the log has ${found.size} events, but ${known.size} were known before`);
  }
  if (known && start && known.size <= start.size) await checkKnown(dir, known);
  // Only now: a log that is refused stays as it was found.
  if (found.torn) await cut(dir, found.torn.segment, found.torn.offset, options.sync);
  return found;
}

/** Compares a remembered checkpoint with the tree in the tiles (later ones were compared while replaying). */
async function checkKnown(dir: string, known: Checkpoint): Promise<void> {
  const edge = await edgeOf(known.size, createNodeReader(dir));
  if (createTree(known.size, edge).root().toString("base64") !== known.root) {
    throw rollback(`the first ${known.size} events are not those that were known before`);
  }
}
