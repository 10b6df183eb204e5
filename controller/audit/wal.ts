import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { AuditError, errnoOf } from "./errors.ts";

/** One file of the write-ahead log: the events from `firstSeq` on, written in `epoch`, a line each. */
export interface Segment {
  epoch: number;
  firstSeq: number;
  /** File name within `wal/`. */
  name: string;
}

/** Bytes a line may have; a longer one can't be an event. */
const MAX_LINE = 65_536;
const CHUNK = 1 << 20;

/** Name of a segment; sorts in log order. */
export function segmentName(epoch: number, firstSeq: number): string {
  return `${String(epoch).padStart(8, "0")}-${String(firstSeq).padStart(16, "0")}.jsonl`;
}

/** The segments of a log's folder in order. A folder without `wal/` has none. */
export async function listSegments(dir: string): Promise<Segment[]> {
  const names = await readdir(join(dir, "wal")).catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  });
  const segments: Segment[] = [];
  for (const name of names) {
    const match = /^(\d{8})-(\d{16})\.jsonl$/u.exec(name);
    if (match) segments.push({ epoch: Number(match[1]), firstSeq: Number(match[2]), name });
  }
  return segments.sort((a, b) => a.firstSeq - b.firstSeq || a.epoch - b.epoch);
}

/** The whole lines of one segment that came with one read, and what follows the last newline of the file. */
export interface LineChunk {
  segment: Segment;
  /** Lines without their newline. They are views of a buffer that is not used again. */
  lines: Buffer[];
  /** Byte offset of the first of `lines` in the file. */
  offset: number;
  /** Only in the last chunk of a segment: bytes after its last newline (an unfinished write, or damage). */
  torn?: Buffer;
}

/** Reads one segment in chunks, skipping `skip` lines. @throws AuditError LOG_CORRUPT for a line too long for an event. */
export async function* readSegment(dir: string, segment: Segment, skip = 0): AsyncGenerator<LineChunk> {
  const file = await open(join(dir, "wal", segment.name), "r");
  try {
    let rest: Buffer = Buffer.alloc(0);
    let position = 0;
    let skipped = 0;
    for (;;) {
      const buffer = Buffer.allocUnsafeSlow(rest.length + CHUNK);
      rest.copy(buffer);
      const { bytesRead } = await file.read(buffer, rest.length, CHUNK, position);
      const data = buffer.subarray(0, rest.length + bytesRead);
      const offset = position - rest.length;
      position += bytesRead;
      if (bytesRead === 0) {
        yield { segment, lines: [], offset, torn: data };
        return;
      }
      const lines: Buffer[] = [];
      let at = 0;
      let first = offset;
      for (let end = data.indexOf(10, at); end >= 0; end = data.indexOf(10, at)) {
        if (skipped < skip) {
          skipped++;
          first = offset + end + 1;
        } else lines.push(data.subarray(at, end));
        at = end + 1;
      }
      rest = data.subarray(at);
      if (rest.length > MAX_LINE)
        throw new AuditError("LOG_CORRUPT", `${segment.name}: a line of more than ${MAX_LINE} bytes`);
      if (lines.length > 0) yield { segment, lines, offset: first };
    }
  } finally {
    await file.close();
  }
}

/** The lines of a log from event `from` on, in chunks. The caller checks that they are the events that they should be. */
export async function* readLines(dir: string, from = 0, segments?: Segment[]): AsyncGenerator<LineChunk> {
  const all = segments ?? (await listSegments(dir));
  // The last segment that begins at or before `from` holds it, if any does.
  let start = 0;
  for (let i = 0; i < all.length; i++) if ((all[i]?.firstSeq ?? 0) <= from) start = i;
  for (let i = start; i < all.length; i++) {
    const segment = all[i];
    if (segment) yield* readSegment(dir, segment, i === start ? Math.max(0, from - segment.firstSeq) : 0);
  }
}
