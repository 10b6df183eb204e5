import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { Answer } from "./oracle.ts";

/** A generated project with what the Python project answered, so that the comparison needs no Python. */
export interface Recorded {
  /** The project's files by path. */
  files: Record<string, string>;
  /** Requests as JSON, in which `3.0` is a float. */
  requests: string[];
  answers: Answer[];
  /** Id of the meant difference by number of the request. */
  meant: Record<string, string>;
}

/** Where recorded vectors are, one project a line, compressed. */
export const VECTORS_FILE = fileURLToPath(new URL("vectors.jsonl.gz", import.meta.url));

export function readVectors(): Recorded[] {
  return gunzipSync(readFileSync(VECTORS_FILE))
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Recorded);
}
