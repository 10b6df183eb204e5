import { chmod, type FileHandle, mkdir, open, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AuditError, errnoOf, messageOf } from "./errors.ts";

/** Flushes a file's data. It can be replaced to try what a failing disk does. */
export type Sync = (file: FileHandle) => Promise<void>;

/** fdatasync, which also flushes a changed size. */
export const datasync: Sync = (file) => file.datasync();

/** Runs a sync; its failure is fatal: the kernel may have dropped the pages, so trying again would prove nothing. */
export async function syncOrDie(file: FileHandle, sync: Sync, what: string): Promise<void> {
  try {
    await sync(file);
  } catch (error) {
    throw new AuditError("AUDIT_FATAL", `fsync of ${what} failed: ${messageOf(error)}`, { cause: error });
  }
}

/** Makes the names within a folder durable. */
export async function syncFolder(path: string, sync: Sync = (file) => file.sync()): Promise<void> {
  const folder = await open(path, "r");
  try {
    await syncOrDie(folder, sync, path);
  } finally {
    await folder.close();
  }
}

/** Makes a folder and those above it, closed to others (0700), and tightens it if it was there. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
}

async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, "w", 0o600);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return open(path, "w", 0o600);
  }
}

/**
 * Writes files as wholes: temporary file, optional fsync, rename. The caller syncs the folders, which are made when
 * absent. Mode 0600. All are written before the first is synced: one commit of the file system then serves them all, and the
 * log's own syncs wait less.
 */
export async function writeWhole(
  files: readonly (readonly [path: string, data: Buffer | string])[],
  sync?: Sync,
): Promise<void> {
  const open: { path: string; temporary: string; file: FileHandle }[] = [];
  try {
    for (const [path, data] of files) {
      const temporary = join(dirname(path), `.${basename(path)}.tmp`);
      const file = await openNew(temporary);
      open.push({ path, temporary, file });
      await file.writeFile(data);
    }
    if (sync) for (const { file, path } of open) await syncOrDie(file, sync, path);
  } catch (error) {
    for (const { temporary } of open) await unlink(temporary);
    throw error;
  } finally {
    for (const { file } of open) await file.close();
  }
  for (const { temporary, path } of open) await rename(temporary, path);
}
