import { EXIT } from "./errors.ts";

/** Whether whoever read our output has gone, as `head` does: no fault of the command's. */
export function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}

/**
 * Ends no command by a stack trace because its output can't be written. When the reader has gone, the rest is dropped and the exit
 * status stays that of what was decided; any other trouble, such as a full disk, is told and is an error.
 */
export function guardOutput({ stdout, stderr }: Pick<NodeJS.Process, "stdout" | "stderr">): void {
  stderr.on("error", () => {
    // there is nowhere left to tell it
  });
  stdout.on("error", (error) => {
    if (isBrokenPipe(error)) return;
    stderr.write(`error: can't write the output: ${error.message}\n`);
    process.exit(EXIT.error);
  });
}
