import { plainText } from "./text.ts";
import type { VerifyExit, VerifyResult } from "./verify-types.ts";

/** From the gravest to the least: what one log's status is worth among several. */
const GRAVITY: readonly VerifyExit[] = [1, 3, 4, 5, 2, 7, 6, 0];

/** The gravest exit status among several logs. */
export function worstExit(results: readonly VerifyResult[]): VerifyExit {
  return GRAVITY.find((exit) => results.some((result) => result.exit === exit)) ?? 2;
}

/** A verification for people, a few lines that end with a newline. */
export function formatVerifyResult(result: VerifyResult): string {
  const lines: string[] = [];
  const origin = plainText(result.origin ?? result.dir);
  lines.push(`${result.exit === 0 ? "ok" : `FAILED (${result.exit})`}  ${origin}`);
  if (result.problem) lines.push(`  problem     ${plainText(result.problem.message, 400)}`);
  lines.push(`  events      ${result.checked} checked, ${result.size ?? 0} signed, ${result.unsigned} not signed yet`);
  if (result.root) lines.push(`  root        ${result.root}`);
  if (result.key) {
    const trust = result.key.pinned ? "given" : "taken from the log itself; give --keys to be sure whose it is";
    lines.push(`  key         ${result.key.fingerprint} (${trust})`);
  }
  lines.push(`  anchored    ${result.anchored === null ? "no: unanchored" : `up to size ${result.anchored}`}`);
  if (result.unfinished > 0) lines.push(`  unfinished  ${result.unfinished} bytes of a write that had not ended`);
  if (result.blobs.checked + result.blobs.missing > 0) {
    lines.push(`  blobs       ${result.blobs.checked} checked, ${result.blobs.missing} erased`);
  }
  if (result.openIntents > 0)
    lines.push(`  open        ${result.openIntents} executions have an intent and no outcome yet`);
  for (const { kind, seq, subject } of result.findings) lines.push(`  event ${seq}  ${kind}: ${plainText(subject)}`);
  if (result.findingCount > result.findings.length) {
    lines.push(`  … and ${result.findingCount - result.findings.length} more`);
  }
  return `${lines.join("\n")}\n`;
}
