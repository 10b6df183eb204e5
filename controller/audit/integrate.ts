import { join } from "node:path";
import type { Checkpoint } from "./checkpoint.ts";
import { AuditError, messageOf } from "./errors.ts";
import { type Sync, syncFolder, writeWhole } from "./files.ts";
import type { LogSigner } from "./signer.ts";
import type { TileWriter } from "./tile-writer.ts";

/** A checkpoint and when it was signed (epoch ms). */
export interface TimedCheckpoint extends Checkpoint {
  time: number;
}

/** Turns durable events into tiles and signed checkpoints in the background. */
export interface Integrator {
  /** Takes a durable event; it is signed within the interval. */
  add(leaf: Buffer, entry: Buffer): void;
  /** Events taken but not yet under a checkpoint. */
  readonly lag: number;
  readonly checkpoint: TimedCheckpoint | undefined;
  /** Signs what is there now. @throws when the files can't be written */
  settle(): Promise<void>;
  /** Ends the timer; call {@link settle} before. */
  stop(): void;
}

/**
 * @param interval ms from an event to the checkpoint over it
 * @param onError told of each failure; it is tried again after the interval. A failed fsync comes as AUDIT_FATAL.
 */
export function createIntegrator({
  dir,
  tiles,
  signer,
  sync,
  clock,
  interval,
  signedBefore,
  onSigned,
  onError,
}: {
  dir: string;
  tiles: TileWriter;
  signer: LogSigner;
  sync: Sync;
  clock: () => number;
  interval: number;
  /** Size of the checkpoint that the log had when it was opened. */
  signedBefore: number;
  onSigned: (checkpoint: TimedCheckpoint) => void;
  onError: (error: AuditError) => void;
}): Integrator {
  let signed = signedBefore;
  let current: TimedCheckpoint | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;

  async function sign(): Promise<void> {
    const { size } = tiles.tree;
    if (size === signed && current) return;
    const root = tiles.tree.root().toString("base64");
    const checkpoint: TimedCheckpoint = { origin: signer.origin, size, root, time: clock() };
    await tiles.flush();
    await writeWhole([[join(dir, "checkpoint"), signer.signCheckpoint(checkpoint)]], sync);
    await syncFolder(dir);
    signed = size;
    current = checkpoint;
    onSigned(checkpoint);
    await tiles.prune();
  }

  function settle(): Promise<void> {
    // One at a time; a failure of one is not the next one's.
    const next = running.then(sign, sign);
    running = next;
    return next;
  }

  function schedule(): void {
    if (timer || stopped) return;
    timer = setTimeout(() => {
      settle()
        .catch((error: unknown) => {
          onError(
            error instanceof AuditError
              ? error
              : new AuditError("AUDIT_UNAVAILABLE", messageOf(error), { cause: error }),
          );
        })
        .finally(() => {
          timer = undefined;
          if (tiles.tree.size > signed) schedule();
        });
    }, interval);
  }

  return {
    add(leaf, entry) {
      tiles.add(leaf, entry);
      schedule();
    },
    get lag() {
      return tiles.tree.size - signed;
    },
    get checkpoint() {
      return current;
    },
    settle,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
