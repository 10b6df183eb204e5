import type { IncomingMessage } from "node:http";

export type BodyErrorCode = "BODY_TOO_LARGE" | "BODY_NOT_UTF8" | "BODY_ABORTED";

/** A request body that can't be taken. `status` is the HTTP status to answer with. */
export class BodyError extends Error {
  override readonly name = "BodyError";
  readonly code: BodyErrorCode;
  readonly status: number;
  constructor(code: BodyErrorCode, status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.status = status;
  }
}

/** Reads a whole body of at most `limit` bytes as UTF-8. Throws BodyError; stops reading at the first byte too many. */
export async function readBody(request: IncomingMessage, limit: number): Promise<string> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > limit) throw tooLarge(limit);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) throw tooLarge(limit);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof BodyError) throw error;
    throw new BodyError("BODY_ABORTED", 400, "the body ended early", { cause: error });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new BodyError("BODY_NOT_UTF8", 400, "the body is not UTF-8", { cause });
  }
}

function tooLarge(limit: number): BodyError {
  return new BodyError("BODY_TOO_LARGE", 413, `the body is larger than ${limit} bytes`);
}
