export type ImageErrorCode = "DOCKER_UNAVAILABLE" | "COMMAND_FAILED" | "BASE_UNAVAILABLE";

/** The image, or something it needs, can't be had; the message says why. */
export class ImageError extends Error {
  override readonly name = "ImageError";
  readonly code: ImageErrorCode;
  constructor(code: ImageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
