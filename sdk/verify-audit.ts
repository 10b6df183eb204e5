import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { findLogs } from "../controller/audit/discover.ts";
import { type NoteVerifier, parseKeyFile } from "../controller/audit/note.ts";
import { verifyAuditLog } from "../controller/audit/verify.ts";
import { worstExit } from "../controller/audit/verify-report.ts";
import type { VerifyExit, VerifyResult } from "../controller/audit/verify-types.ts";
import { SdkError } from "./errors.ts";

/** What the logs are held against. */
export interface VerifyAuditInput {
  /** A log's folder, or the folder of several. Default: the one of the settings. */
  dir?: string;
  /** Public keys known from outside, one a line. Without them each log's own first event names its key, which proves less. */
  keys?: string;
  /** Text of signed checkpoints that were seen earlier; each log takes those of its origin. */
  checkpoints?: readonly string[];
  /** Only the content of events from this seq is read; the tree is checked whole. */
  from?: number;
  /** The last event whose content is read. */
  to?: number;
  /** Fails unless a checkpoint from outside covers the whole log. */
  requireAnchor?: boolean;
}

/** What came of it. */
export interface AuditVerification {
  intact: boolean;
  /** The worst of all logs, as `agent-safe audit verify` ends. */
  exit: VerifyExit;
  logs: readonly VerifyResult[];
}

/** Verifies every log of a folder from its files and public keys alone. Throws when there is no log, or a key can't be read. */
export async function verifyAudit({
  dir,
  keys,
  checkpoints = [],
  requireAnchor = false,
  ...range
}: VerifyAuditInput & { dir: string }): Promise<AuditVerification> {
  const folders = await findLogs(dir);
  if (folders.length === 0) throw new SdkError("BadArgument", `no audit log in ${dir}`);
  const known: NoteVerifier[] = keys === undefined ? [] : parseKeyFile(keys);
  if (keys !== undefined && known.length === 0) throw new SdkError("BadArgument", "no key in the keys that were given");
  const logs: VerifyResult[] = [];
  for (const folder of folders) {
    const own = folders.length === 1 ? checkpoints : await ofOrigin(folder, checkpoints);
    logs.push(await verifyAuditLog({ dir: folder, keys: known, checkpoints: own, requireAnchor, ...range }));
  }
  const exit = worstExit(logs);
  return { intact: exit === 0, exit, logs };
}

/** With several logs each takes the checkpoints that bear its origin; a log alone must fit them all. */
async function ofOrigin(folder: string, checkpoints: readonly string[]): Promise<string[]> {
  if (checkpoints.length === 0) return [];
  const own = await readFile(join(folder, "checkpoint"), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const [origin] = own.split("\n", 1);
  return checkpoints.filter((text) => text.split("\n", 1)[0] === origin);
}
