/** What can go wrong with a local control plane. */
export type ControlPlaneErrorCode =
  | "NO_BINARIES"
  | "BAD_CHECKSUM"
  | "NO_GO"
  | "BUILD_FAILED"
  | "PORT_TAKEN"
  | "COMPONENT_EXITED"
  | "NOT_READY"
  | "ALREADY_RUNNING";

/** A local control plane could not be made or kept running; the message says what to do about it. */
export class ControlPlaneError extends Error {
  readonly code: ControlPlaneErrorCode;

  constructor(code: ControlPlaneErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ControlPlaneError";
    this.code = code;
  }
}
