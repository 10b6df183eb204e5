import { stat } from "node:fs/promises";
import { InvalidArgumentError } from "commander";
import { parseDuration } from "../../controller/api/duration.ts";

/** A duration such as 1h30m, in ms. */
export function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

/** Values that may be given one by one or with commas between them. */
export function list(text: string, before: string[] | undefined): string[] {
  const values = text.split(",").map((value) => value.trim());
  if (values.includes("")) throw new InvalidArgumentError("an empty value; separate values by one comma");
  return [...(before ?? []), ...values];
}

/** A whole number from 1 to 5. */
export function depth(text: string): number {
  if (!/^[1-5]$/.test(text)) throw new InvalidArgumentError("a whole number from 1 to 5");
  return Number(text);
}

/** Says on stderr that others than its owner can read a key. */
export async function warnOfOpenKey(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found !== undefined && process.platform !== "win32" && (found.mode & 0o077) !== 0)
    process.stderr.write(`warning: others can read the key ${JSON.stringify(file)}; chmod 600 keeps it to you\n`);
}
