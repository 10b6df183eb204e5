import { AuditError } from "./errors.ts";
import { VerifyProblem } from "./verify-types.ts";
import { readLines } from "./wal.ts";

/** The log's lines one after another, a chunk of files in memory at a time. */
export interface LineSource {
  /** The next line if it is at hand; undefined when {@link refill} must be awaited first. */
  take(): Buffer | undefined;
  /** False at the end of the log. @throws VerifyProblem 3 for a torn line that others follow */
  refill(): Promise<boolean>;
  /** Bytes after the last newline of the last file. */
  readonly unfinished: number;
  close(): Promise<void>;
}

/** @param from seq of the first line to give */
export function createLineSource(dir: string, from: number): LineSource {
  const chunks = readLines(dir, from);
  let lines: Buffer[] = [];
  let at = 0;
  let torn = 0;
  return {
    take: () => (at < lines.length ? lines[at++] : undefined),
    async refill() {
      for (;;) {
        let next: Awaited<ReturnType<typeof chunks.next>>;
        try {
          next = await chunks.next();
        } catch (error) {
          if (error instanceof AuditError) throw new VerifyProblem(3, error.message);
          throw error;
        }
        if (next.done) return false;
        const { segment } = next.value;
        if (torn > 0) throw new VerifyProblem(3, `a file ends within an event, and ${segment.name} follows`);
        torn = next.value.torn?.length ?? 0;
        if (next.value.lines.length === 0) continue;
        lines = next.value.lines;
        at = 0;
        return true;
      }
    },
    get unfinished() {
      return torn;
    },
    async close() {
      await chunks.return(undefined);
    },
  };
}
