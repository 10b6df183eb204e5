import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readBlob } from "./blobs.ts";
import { openCheckpoint, type SignedCheckpoint } from "./checkpoint.ts";
import { AuditError, errnoOf, messageOf } from "./errors.ts";
import { type AuditEvent, parseEvent } from "./event.ts";
import { leafHash, ZERO_HASH } from "./hash.ts";
import { createLineSource, type LineSource } from "./line-source.ts";
import { type NoteVerifier, parseVkey } from "./note.ts";
import { parseHashes, readTile, TILE_WIDTH, tilePath } from "./tiles.ts";
import { createSemantics, type Semantics } from "./verify-semantics.ts";
import { createTreeCheck, type Point } from "./verify-tree.ts";
import { VerifyProblem, type VerifyResult } from "./verify-types.ts";

export interface VerifyOptions {
  /** One log's folder. */
  dir: string;
  /** Keys known from outside. Without any the log's own first event names the key, which proves less. */
  keys?: readonly NoteVerifier[];
  /** Signed checkpoints of this log that were seen earlier (their text). */
  checkpoints?: readonly string[];
  /** Only the content of events from `from` (0) up to and with `to` (the last) is read; the tree is checked whole. */
  from?: number;
  to?: number;
  requireAnchor?: boolean;
  /** ms that an event's time may lie before an earlier one's. */
  skew?: number;
}

/**
 * Verifies one log from its files and public keys alone, in one pass and constant memory. A log that is being written is
 * verified up to the checkpoint that stands when this begins, and its unsigned end by the chain. Never throws for what the log
 * holds: see `exit` and `problem` of the result.
 */
export async function verifyAuditLog(options: VerifyOptions): Promise<VerifyResult> {
  const result: VerifyResult = {
    dir: options.dir,
    exit: 0,
    checked: 0,
    unsigned: 0,
    unfinished: 0,
    anchored: null,
    blobs: { checked: 0, missing: 0 },
    openIntents: 0,
    findings: [],
    findingCount: 0,
  };
  try {
    await verify(options, result);
    if (result.findingCount > 0) throw new VerifyProblem(7, "events contradict each other", result.findings[0]?.seq);
    if (options.requireAnchor && (result.anchored ?? 0) < (result.size ?? 0)) {
      throw new VerifyProblem(6, `intact, but not anchored past size ${result.anchored ?? 0}`);
    }
  } catch (error) {
    result.problem = problemOf(error);
    result.exit = result.problem.exit;
  }
  return result;
}

function problemOf(error: unknown) {
  if (error instanceof VerifyProblem) return error.problem;
  if (error instanceof AuditError) {
    const exit = error.code === "BAD_SIGNATURE" || error.code === "BAD_NOTE" ? 5 : error.code === "BAD_KEY" ? 2 : 1;
    return { exit, message: error.message } as const;
  }
  return { exit: 2, message: messageOf(error) } as const;
}

/** The key that the log's first event names. */
async function ownKey(dir: string): Promise<NoteVerifier> {
  const source = createLineSource(dir, 0);
  try {
    const line = (await source.refill()) ? source.take() : undefined;
    const event = line && parse(line, 0);
    const key = event?.data.key;
    if (event?.type !== "log.genesis" || typeof key !== "string") {
      throw new VerifyProblem(1, "the first event names no key; give the log's key", 0);
    }
    return parseVkey(key);
  } catch (error) {
    if (error instanceof AuditError) throw new VerifyProblem(1, `the first event's key: ${error.message}`, 0);
    throw error;
  } finally {
    await source.close();
  }
}

function parse(line: Buffer, seq: number): AuditEvent {
  try {
    return parseEvent(line);
  } catch (error) {
    throw new VerifyProblem(1, `event ${seq} is not readable: ${messageOf(error)}`, seq);
  }
}

async function readSigned(dir: string, keys: readonly NoteVerifier[]): Promise<SignedCheckpoint> {
  let text: string;
  try {
    text = await readFile(join(dir, "checkpoint"), "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") throw new VerifyProblem(3, "the log has no checkpoint");
    throw error;
  }
  return openCheckpoint(text, keys);
}

async function verify(options: VerifyOptions, result: VerifyResult): Promise<void> {
  const { dir, from = 0 } = options;
  const pinned = options.keys !== undefined && options.keys.length > 0;
  const keys = pinned ? (options.keys ?? []) : [await ownKey(dir)];
  const signed = await readSigned(dir, keys);
  const { origin, size, root, signer } = signed;
  Object.assign(result, { origin, size, root });
  result.key = { fingerprint: signer.fingerprint, keyId: signer.keyId, pinned };

  const points: Point[] = [{ origin, size, root, label: "the signed checkpoint", exit: 1 }];
  for (const text of options.checkpoints ?? []) {
    const earlier = openCheckpoint(text, keys);
    if (earlier.origin !== origin) throw new VerifyProblem(2, `a checkpoint of ${earlier.origin}, not of ${origin}`);
    if (earlier.size > size)
      throw new VerifyProblem(4, `the log has ${size} signed events, but had ${earlier.size} before`);
    points.push({ ...earlier, label: `the checkpoint over ${earlier.size} events seen before`, exit: 4 });
    result.anchored = Math.max(result.anchored ?? 0, earlier.size);
  }

  const source = createLineSource(dir, from);
  const semantics = await createSemantics({ skew: options.skew ?? 5_000, whole: from === 0 });
  try {
    await walk(options, result, { origin, size, points, source, semantics });
    const { findings, count, openIntents } = await semantics.finish();
    Object.assign(result, { findings, findingCount: count, openIntents });
  } finally {
    await source.close();
    await semantics.close();
  }
}

interface Walk {
  origin: string;
  size: number;
  points: Point[];
  source: LineSource;
  semantics: Semantics;
}

async function walk(
  options: VerifyOptions,
  result: VerifyResult,
  { origin, size, points, source, semantics }: Walk,
): Promise<void> {
  const { dir, from = 0, to = Number.POSITIVE_INFINITY } = options;
  const tree = createTreeCheck(dir, points);
  let prev = ZERO_HASH;
  let prevSound = true;

  function see(line: Buffer, seq: number, expected: Buffer | undefined): { event: AuditEvent; leaf: Buffer } {
    const event = parse(line, seq);
    const leaf = leafHash(line);
    const chained = event.prev === prev;
    if (event.seq !== seq && !chained) {
      throw new VerifyProblem(3, `event ${seq} is missing: found event ${event.seq} in its place`, seq);
    }
    if (expected && !leaf.equals(expected)) {
      throw new VerifyProblem(
        1,
        `event ${seq}: its content or its hash in ${tilePath(0, Math.floor(seq / TILE_WIDTH))} was changed`,
        seq,
      );
    }
    if (!chained && prevSound)
      throw new VerifyProblem(1, `event ${seq} does not name the hash of event ${seq - 1}`, seq);
    if (event.seq !== seq || event.origin !== origin)
      throw new VerifyProblem(1, `event ${seq}: says to be event ${event.seq} of ${event.origin}`, seq);
    return { event, leaf };
  }

  async function next(): Promise<Buffer | undefined> {
    return source.take() ?? ((await source.refill()) ? source.take() : undefined);
  }

  // Returns a promise only when something must be waited for: one for every event would cost more than its hash.
  function accept(line: Buffer, seq: number, expected?: Buffer): Promise<void> | undefined {
    const { event, leaf } = see(line, seq, expected);
    prev = leaf.toString("hex");
    prevSound = true;
    result.checked++;
    const wait = semantics.see(event);
    return event.blobs ? Promise.all([wait, checkBlobs(dir, event, result)]).then(() => undefined) : wait;
  }

  async function load(index: number) {
    const first = index * TILE_WIDTH;
    if (first >= size) return undefined;
    const width = Math.min(TILE_WIDTH, size - first);
    const wanted = first + width > from && first <= to;
    const [tile, bundle] = await Promise.all([
      readTile(dir, 0, index, width),
      wanted ? openBundle(dir, index, width) : undefined,
    ]);
    if (!tile) throw new VerifyProblem(3, `${tilePath(0, index, width)} is missing`, first);
    return { first, hashes: parseHashes(tile.data, tile.width).slice(0, width), bundle };
  }

  let ahead = load(0);
  for (let index = 0; index * TILE_WIDTH < size; index++) {
    const tile = await ahead;
    if (!tile) break;
    const { first, hashes, bundle } = tile;
    // The disk reads the next tile while this one is hashed; what is wrong with it is told when its turn comes.
    ahead = load(index + 1);
    ahead.catch(() => undefined);
    for (const [i, hash] of hashes.entries()) {
      const seq = first + i;
      if (bundle && seq >= from && seq <= to) {
        const line = source.take() ?? (await next());
        if (!line) throw new VerifyProblem(4, `the log ends after ${seq} events, but ${size} were signed`, seq);
        const wait = accept(line, seq, hash);
        if (wait) await wait;
        bundle.compare(line, seq);
      } else {
        bundle?.skip();
        prev = hash.toString("hex");
      }
      tree.append(hash);
    }
    await tree.compare();
  }
  await tree.finish();

  let seq = Math.max(size, from);
  prevSound = seq === size;
  for (let line = await next(); line && seq <= to; line = await next()) {
    await accept(line, seq++);
    result.unsigned++;
  }
  result.unfinished = source.unfinished;
}

/** Compares lines with the entries of a bundle, which foreign readers of the log use. */
async function openBundle(dir: string, index: number, width: number) {
  const path = tilePath("entries", index, width);
  const read = await readTile(dir, "entries", index, width);
  if (!read) throw new VerifyProblem(3, `${path} is missing`);
  const { data } = read;
  let at = 0;
  let left = width;
  const length = () => (at + 2 <= data.length ? data.readUInt16BE(at) : 0);
  return {
    skip() {
      at += 2 + length();
      left--;
    },
    compare(line: Buffer, seq: number) {
      const end = at + 2 + line.length;
      if (length() !== line.length || end > data.length || data.compare(line, 0, line.length, at + 2, end) !== 0) {
        throw new VerifyProblem(1, `${path}: entry of event ${seq} differs from the log`, seq);
      }
      at = end;
      left--;
      // A wider tile of a live log may go on; one of this width must not.
      if (left === 0 && read.width === width && at !== data.length)
        throw new VerifyProblem(1, `${path}: more than its entries`, seq);
    },
  };
}

async function checkBlobs(dir: string, event: AuditEvent, result: VerifyResult): Promise<void> {
  for (const { digest } of event.blobs ?? []) {
    try {
      await readBlob(dir, digest);
      result.blobs.checked++;
    } catch (error) {
      // An erased blob leaves the log valid; it is counted.
      if (errnoOf(error) === "ENOENT") result.blobs.missing++;
      else if (error instanceof AuditError)
        throw new VerifyProblem(1, `event ${event.seq}: ${error.message}`, event.seq);
      else throw error;
    }
  }
}
