export type RbacErrorCode = "ESCALATION" | "OWN_NAMESPACE" | "NO_NAMESPACE";

/** Rights that are not generated, whatever Actions and Targets say. */
export class RbacError extends Error {
  override readonly name = "RbacError";
  readonly code: RbacErrorCode;

  constructor(code: RbacErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
