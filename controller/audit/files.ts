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

/**
 * Replaces a file as a whole: temporary file, optional fsync, rename. The caller syncs the folder. Its folder is made
 * when absent. Mode 0600.
 */
export async function writeWhole(path: string, data: Buffer | string, sync?: Sync): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.tmp`);
  let file: FileHandle;
  try {
    file = await open(temporary, "w", 0o600);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    file = await open(temporary, "w", 0o600);
  }
  try {
    await file.writeFile(data);
    if (sync) await syncOrDie(file, sync, path);
  } catch (error) {
    await file.close();
    await unlink(temporary);
    throw error;
  }
  await file.close();
  await rename(temporary, path);
}
