/** How the command line fails. `Usage` is a mistake in what was asked (exit 2); the others are trouble on the way (exit 1). */
export type CliErrorCode = "Usage" | "Invalid" | "Io";

/** Ends a command with a message on stderr. */
export class CliError extends Error {
  readonly code: CliErrorCode;
  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CliError";
    this.code = code;
  }
}

/** Exit statuses: of decisions, and of trouble. */
export const EXIT = { ok: 0, error: 1, usage: 2, deny: 10, approval: 11 } as const;

/** Exit status of a decision; one that could not be made is an error. */
export function exitOf(result: "allow" | "deny" | "require_approval" | "undecided"): number {
  return { allow: EXIT.ok, deny: EXIT.deny, require_approval: EXIT.approval, undecided: EXIT.error }[result];
}

/** Exit status of an error that ended a command. */
export function exitOfError(error: unknown): number {
  return error instanceof CliError && error.code === "Usage" ? EXIT.usage : EXIT.error;
}
