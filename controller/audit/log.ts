import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { ChargeRow } from "../limits/charge-row.ts";
import { MAX_BLOBS, writeBlob } from "./blobs.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { AuditError, messageOf } from "./errors.ts";
import { type EventInput, type PreparedEvent, prepareEvent, sealEvent } from "./event.ts";
import { datasync, makeFolder, type Sync } from "./files.ts";
import { leafHash } from "./hash.ts";
import { openIndex } from "./index-db.ts";
import { type Execution, indexRow } from "./index-rows.ts";
import { createIntegrator, type TimedCheckpoint } from "./integrate.ts";
import { takeWriterLock } from "./lock.ts";
import type { AuditMetrics } from "./metrics.ts";
import type { NoteVerifier } from "./note.ts";
import { recover } from "./recover.ts";
import type { LogSigner } from "./signer.ts";
import { prunePartials } from "./tile-writer.ts";
import { createWalWriter } from "./wal-writer.ts";

/** What of pino the log uses. */
export interface AuditLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Where an event stands. */
export interface Appended {
  origin: string;
  /** Its sequence number, from 0. */
  index: number;
  id: string;
}

/** The one writer of a log. */
export interface AuditLog {
  readonly origin: string;
  readonly epoch: number;
  /** The public key that verifies it. */
  readonly key: NoteVerifier;
  /**
   * Resolves once the event is on the disk (fdatasync), never before. Calls that wait together share one sync.
   * @throws AuditError AUDIT_UNAVAILABLE (nothing was recorded: leave the matter undecided, try later), BAD_EVENT,
   *   ENTRY_TOO_LARGE, BLOB_TOO_LARGE (trying again is no use)
   */
  append(event: EventInput): Promise<Appended>;
  /** True when an `execution.intent` of this request UID is in the log, indexed yet or not. */
  hasIntent(uid: string): Promise<boolean>;
  /** The attempt on record for a request UID that was begun (at most one is), else the latest; with its outcome if it has one. */
  intentOutcome(uid: string): Promise<Execution | undefined>;
  /**
   * Charges made at `since` (epoch ms) or later, in the order in which they were made; those of every event that was
   * acknowledged before the call are among them. @throws AuditError AUDIT_UNAVAILABLE
   */
  charges(since: number): AsyncIterable<ChargeRow>;
  /** Durable events. */
  size(): number;
  /** The last signed checkpoint. */
  checkpoint(): TimedCheckpoint;
  /** Rejects when a sync failed: what the disk holds is unknown and the process must exit. Never resolves. */
  readonly fatal: Promise<never>;
  /** Takes no more events, writes and signs what waits, gives the lock back. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** The log's own folder; made when absent. */
  dir: string;
  /** `agent-safe/<uid of kube-system>/<role>` */
  origin: string;
  signer: LogSigner;
  /** Epoch ms. */
  clock: () => number;
  randomBytes: (size: number) => Buffer;
  logger: AuditLogger;
  metrics?: AuditMetrics;
  /** Why this epoch begins; goes into its first event. */
  epochReason?: string;
  /** A checkpoint remembered elsewhere (say, in the AuditLog's status): a log that lacks it is refused. */
  known?: Checkpoint;
  /** Flushes the log's file; for trying a disk that fails. */
  sync?: Sync;
  /** ms from an event to its signed checkpoint. */
  checkpointInterval?: number;
  /** Bytes after which a new file of the log begins. */
  segmentBytes?: number;
}

const MAX_WAITING = 8_192;
const MAX_WAITING_BYTES = 64 << 20;
const MAX_BATCH = 1_024;
const MAX_BATCH_BYTES = 4 << 20;
/** Durable events not yet signed or indexed; beyond it appends wait, so that memory stays bounded. */
const MAX_LAG = 32_768;
/** ms after which events that wait so are refused. */
const MAX_LAG_WAIT = 5_000;

interface Waiting {
  event: PreparedEvent;
  input: EventInput;
  since: number;
  resolve(appended: Appended): void;
  reject(error: AuditError): void;
}

/**
 * Opens a log for writing: takes the lock, checks what is there against the last signed checkpoint, begins a new epoch
 * and signs it.
 * @throws AuditError LOG_LOCKED, AUDIT_UNAVAILABLE (try again later), LOG_ROLLBACK_DETECTED, LOG_CORRUPT, BAD_SIGNATURE (a person must look)
 */
export async function openAuditLog(options: OpenOptions): Promise<AuditLog> {
  const { dir, origin, signer } = options;
  if (signer.origin !== origin) throw new AuditError("BAD_KEY", `the key of ${signer.origin} can't sign ${origin}`);
  if (!/^[A-Za-z0-9._/:@-]{1,200}$/u.test(origin))
    throw new AuditError("BAD_KEY", "an origin is letters, digits and ._/:@-");
  try {
    await makeFolder(dir);
    await makeFolder(join(dir, "wal"));
    await access(dir, constants.W_OK);
  } catch (error) {
    throw new AuditError("AUDIT_UNAVAILABLE", `${dir} can't be written: ${messageOf(error)}`, { cause: error });
  }
  const unlock = await takeWriterLock(dir);
  try {
    return await start(options, unlock);
  } catch (error) {
    await unlock();
    if (error instanceof AuditError) throw error;
    throw new AuditError("AUDIT_UNAVAILABLE", `the log in ${dir} can't be opened: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function start(options: OpenOptions, unlock: () => Promise<void>): Promise<AuditLog> {
  const { dir, origin, signer, clock, randomBytes, logger, metrics, sync = datasync } = options;
  const began = performance.now();
  const found = await recover({ dir, origin, verifier: signer.verifier, sync, known: options.known });
  if (found.dropped > 0) logger.warn({ bytes: found.dropped }, "dropped an unfinished write that nobody was told of");
  const epoch = found.epoch + 1;
  let { size, prev } = found;

  let fail: (error: AuditError) => void = () => undefined;
  const fatal = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // Whoever runs the process listens; without a listener the appends still fail.
  fatal.catch(() => undefined);
  let dead: AuditError | undefined;
  let closing = false;

  let unsigned = "";
  const wal = createWalWriter({ dir, epoch, sync, segmentBytes: options.segmentBytes ?? 64 << 20 });
  const index = openIndex({ dir, size, logger });
  const integrator = createIntegrator({
    dir,
    tiles: found.tiles,
    signer,
    sync,
    clock,
    interval: options.checkpointInterval ?? 200,
    signedBefore: found.checkpoint?.size ?? 0,
    onSigned(checkpoint) {
      unsigned = "";
      metrics?.signed(checkpoint);
    },
    onError(error) {
      if (error.code === "AUDIT_FATAL") return die(error);
      // It is tried several times a second; the same trouble is told once.
      if (error.message === unsigned) return;
      unsigned = error.message;
      logger.warn({ code: error.code, error: error.message }, "the checkpoint could not be written; trying again");
    },
  });

  // One call for many ids: asking the system for ten bytes costs as much as for a thousand.
  let pool: Buffer = Buffer.alloc(0);
  function random10(): Buffer {
    if (pool.length < 10) pool = randomBytes(1_280);
    const taken = pool.subarray(0, 10);
    pool = pool.subarray(10);
    return taken;
  }

  const queue: Waiting[] = [];
  let waitingBytes = 0;
  let running: Promise<void> | undefined;

  function die(error: AuditError): void {
    if (dead) return;
    dead = error;
    logger.error(
      { code: error.code, error: error.message },
      "the audit log's disk can't be trusted; this process must end",
    );
    fail(error);
    for (const item of queue.splice(0)) item.reject(unavailable(error));
    waitingBytes = 0;
  }

  async function commit(batch: Waiting[]): Promise<void> {
    const entries: Buffer[] = [];
    const leaves: Buffer[] = [];
    let last = prev;
    for (const [i, { event }] of batch.entries()) {
      const line = Buffer.from(`${sealEvent(event, { origin, epoch, seq: size + i, prev: last })}\n`);
      const entry = line.subarray(0, -1);
      const leaf = leafHash(entry);
      last = leaf.toString("hex");
      entries.push(line);
      leaves.push(leaf);
    }
    await wal.commit(entries.length === 1 && entries[0] ? entries[0] : Buffer.concat(entries), size);
    const first = size;
    size += batch.length;
    prev = last;
    batch.forEach(({ event, input, resolve, since }, i) => {
      const [leaf, line] = [leaves[i], entries[i]];
      if (!leaf || !line) return;
      integrator.add(leaf, line.subarray(0, -1));
      index.add(indexRow({ ...input, seq: first + i, time: event.time }));
      metrics?.appended((performance.now() - since) / 1000);
      resolve({ origin, index: first + i, id: event.id });
    });
  }

  const lag = () => Math.max(integrator.lag, index.lag);

  async function caughtUp(): Promise<void> {
    const until = performance.now() + MAX_LAG_WAIT;
    while (!dead && lag() > MAX_LAG && performance.now() < until) await new Promise((done) => setTimeout(done, 10));
  }

  async function drain(): Promise<void> {
    while (queue.length > 0 && !dead) {
      // Let everyone who was just told of the last batch put in the next event: they share the sync.
      await new Promise(setImmediate);
      await caughtUp();
      let bytes = 0;
      let count = 0;
      while (count < queue.length && count < MAX_BATCH && bytes < MAX_BATCH_BYTES)
        bytes += queue[count++]?.event.bytes ?? 0;
      const batch = queue.splice(0, count);
      waitingBytes -= bytes;
      try {
        if (lag() > MAX_LAG)
          throw new AuditError("AUDIT_UNAVAILABLE", "checkpoints or index can't keep up with the log");
        await commit(batch);
      } catch (error) {
        const cause =
          error instanceof AuditError ? error : new AuditError("AUDIT_FATAL", messageOf(error), { cause: error });
        metrics?.failed(cause.code, batch.length);
        for (const item of batch) item.reject(unavailable(cause));
        if (cause.code === "AUDIT_FATAL") die(cause);
      }
    }
    // Without a wait after the loop's last look: an event that comes now starts the next drain.
    running = undefined;
  }

  function enqueue(input: EventInput, event: PreparedEvent): Promise<Appended> {
    if (dead) return Promise.reject(unavailable(dead));
    if (queue.length >= MAX_WAITING || waitingBytes + event.bytes > MAX_WAITING_BYTES) {
      metrics?.failed("AUDIT_UNAVAILABLE", 1);
      return Promise.reject(new AuditError("AUDIT_UNAVAILABLE", "too many events wait for the disk"));
    }
    return new Promise((resolve, reject) => {
      queue.push({ event, input, since: performance.now(), resolve, reject });
      waitingBytes += event.bytes;
      running ??= drain();
    });
  }

  async function append(input: EventInput): Promise<Appended> {
    if (closing) throw new AuditError("AUDIT_UNAVAILABLE", "the log is being closed");
    if (dead) throw unavailable(dead);
    const time = clock();
    const bodies = input.blobs ?? [];
    if (bodies.length > MAX_BLOBS) throw new AuditError("BLOB_TOO_LARGE", `at most ${MAX_BLOBS} blobs an event`);
    // Checked before its blobs are written: a refused event leaves nothing behind.
    if (bodies.length > 0) prepareEvent(input, { time, random: Buffer.alloc(10), blobs: [] });
    const blobs = [];
    for (const body of bodies) {
      try {
        blobs.push(await writeBlob(dir, body, randomBytes(16), sync));
      } catch (error) {
        if (!(error instanceof AuditError) || error.code !== "AUDIT_FATAL") throw error;
        die(error);
        throw unavailable(error);
      }
    }
    return enqueue(input, prepareEvent(input, { time, random: random10(), blobs }));
  }

  async function stop(): Promise<void> {
    closing = true;
    while (running) await running;
    integrator.stop();
    try {
      if (!dead) await integrator.settle();
    } finally {
      await index.close();
      await wal.close();
      await unlock();
    }
  }

  try {
    if (size === 0) {
      await append({ type: "log.genesis", data: { format: 1, key: signer.verifier.vkey, tree: "rfc6962-sha256" } });
    }
    const root = found.tiles.tree.root().toString("base64");
    await append({
      type: "epoch.started",
      actor: { kind: "writer", host: hostname().slice(0, 253), pid: process.pid },
      data: {
        epoch,
        reason: (options.epochReason ?? "started").toWellFormed().slice(0, 1024),
        previous: { size: size, root },
        key: signer.verifier.fingerprint,
        dropped: found.dropped,
      },
    });
    await integrator.settle();
    await prunePartials(dir, size);
  } catch (error) {
    integrator.stop();
    await index.close();
    await wal.close();
    throw error;
  }
  logger.info({ origin, epoch, size, ms: Math.round(performance.now() - began) }, "audit log opened");

  let closed: Promise<void> | undefined;
  return {
    origin,
    epoch,
    key: signer.verifier,
    append,
    hasIntent: async (uid) => (await index.executions(uid)).some((e) => e.intent !== undefined),
    intentOutcome: async (uid) => {
      const attempts = await index.executions(uid);
      return attempts.findLast(({ intent }) => intent !== undefined) ?? attempts.at(-1);
    },
    charges: (since) => index.charges(since),
    size: () => size,
    checkpoint() {
      if (!integrator.checkpoint) throw new AuditError("AUDIT_UNAVAILABLE", "no checkpoint was signed yet");
      return integrator.checkpoint;
    },
    fatal,
    close() {
      closed ??= stop();
      return closed;
    },
  };
}

function unavailable(cause: AuditError): AuditError {
  if (cause.code === "AUDIT_UNAVAILABLE") return cause;
  return new AuditError("AUDIT_UNAVAILABLE", cause.message, { cause });
}
