/**
 * What can go wrong here, in a form to switch on. Trouble with the API server is a KubeError, with a token an IdentityError, with the
 * project's files a ProjectError, with the settings file a ConfigError, each with codes of its own.
 */
export type SdkErrorCode =
  /** The time given to `wait` is over; `object` is what was last seen. */
  | "Timeout"
  /** The object was deleted, or replaced by another of its name, while somebody waited for it. */
  | "Deleted"
  /** An object of that name is there already, and asks for something else. */
  | "AlreadyExists"
  /** An argument that can't be right; the message names it. */
  | "BadArgument"
  /** `close` was called. */
  | "Closed";

/** An error of the SDK itself. */
export class SdkError<T = unknown> extends Error {
  override readonly name = "SdkError";
  readonly code: SdkErrorCode;
  /** What was last seen of the object, where there is one. */
  readonly object?: T;

  constructor(code: SdkErrorCode, message: string, object?: T) {
    super(message);
    this.code = code;
    if (object !== undefined) this.object = object;
  }
}
