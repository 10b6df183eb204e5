import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { AuditError, errnoOf, messageOf } from "./errors.ts";
import { type Sync, syncFolder, syncOrDie } from "./files.ts";
import { segmentName } from "./wal.ts";

/** Appends to the write-ahead log of one epoch. */
export interface WalWriter {
  /**
   * Writes whole lines and makes them durable. When it throws AUDIT_UNAVAILABLE nothing of them is left in the file.
   * @param firstSeq seq of the first of the lines
   * @throws AuditError AUDIT_UNAVAILABLE, AUDIT_FATAL
   */
  commit(lines: Buffer, firstSeq: number): Promise<void>;
  close(): Promise<void>;
}

/** @param segmentBytes a new file is begun once one has this many bytes */
export function createWalWriter({
  dir,
  epoch,
  sync,
  segmentBytes,
}: {
  dir: string;
  epoch: number;
  sync: Sync;
  segmentBytes: number;
}): WalWriter {
  let file: FileHandle | undefined;
  let name = "";
  let length = 0;
  const folder = join(dir, "wal");

  async function begin(firstSeq: number): Promise<FileHandle> {
    if (file && length < segmentBytes) return file;
    // The new one first: should it fail, the old one stays in use.
    const path = join(folder, segmentName(epoch, firstSeq));
    const next = await open(path, "a", 0o600);
    await syncFolder(folder).catch(async (error: unknown) => {
      await next.close();
      throw error;
    });
    await file?.close();
    file = next;
    name = path;
    length = (await next.stat()).size;
    return next;
  }

  return {
    async commit(lines, firstSeq) {
      let target: FileHandle;
      try {
        target = await begin(firstSeq);
      } catch (error) {
        if (error instanceof AuditError) throw error;
        throw new AuditError("AUDIT_UNAVAILABLE", `a new file of the log can't be made: ${messageOf(error)}`, {
          cause: error,
        });
      }
      try {
        for (let at = 0; at < lines.length; ) {
          const { bytesWritten } = await target.write(lines, at, lines.length - at);
          if (bytesWritten === 0) throw new Error("nothing could be written");
          at += bytesWritten;
        }
      } catch (error) {
        try {
          await target.truncate(length);
        } catch (undo) {
          // Half a line is in the file and stays: only a restart, whose recovery drops it, is safe.
          throw new AuditError("AUDIT_FATAL", `a failed write could not be undone: ${messageOf(undo)}`, {
            cause: error,
          });
        }
        throw new AuditError("AUDIT_UNAVAILABLE", `the log can't be written (${errnoOf(error) ?? messageOf(error)})`, {
          cause: error,
        });
      }
      await syncOrDie(target, sync, "the log");
      length += lines.length;
    },
    async close() {
      if (file === undefined) return;
      await file.close();
      file = undefined;
      // A disk that stays full would otherwise gather one for each try to open the log.
      if (length === 0) await rm(name, { force: true });
    },
  };
}
