import { KubeError, messageOf } from "./errors.ts";

/** One request. `path` begins with a slash and holds the query; `timeoutMs` covers it whole, its retries too. */
export interface TransportRequest {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
  timeoutMs?: number;
  maxResponseBytes?: number;
  /** Do not wait and repeat after 429 (an eviction's 429 is an answer, not a load limit). */
  noRetry?: boolean;
}

/** A signal that ends a call, and whether its time did; call `end` when the call has ended. */
export interface Deadline {
  signal: AbortSignal;
  timedOut(): boolean;
  abort(): void;
  /** From here on only the caller's signal ends it, as for a stream. */
  stopTimer(): void;
  end(): void;
}

/** A deadline and the caller's signal as one signal, without the cost and the listeners of AbortSignal.any. */
export function deadline(timeoutMs: number, signal: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    controller.abort();
  }, timeoutMs);
  const onAbort = () => controller.abort();
  if (signal?.aborted) controller.abort();
  else signal?.addEventListener("abort", onAbort, { once: true });
  return {
    signal: controller.signal,
    timedOut: () => timedOut,
    abort: () => controller.abort(),
    stopTimer: () => clearTimeout(timer),
    end() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    },
  };
}

export function wrap(
  error: unknown,
  what: string,
  request: TransportRequest,
  limit: Deadline,
  timeoutMs: number,
): KubeError {
  if (error instanceof KubeError) return error;
  if (request.signal?.aborted) return new KubeError({ code: "ABORTED", message: `${what}: aborted`, cause: error });
  if (limit.timedOut()) {
    return new KubeError({
      code: "TIMEOUT",
      message: `${what}: no answer in ${timeoutMs} ms`,
      retryable: true,
      cause: error,
    });
  }
  if (error instanceof Error && "code" in error && error.code === "UND_ERR_INVALID_ARG") {
    // Such as a token that holds a line break: sending it again cannot help.
    return new KubeError({ code: "CONFIG", message: `${what}: ${error.message}`, cause: error });
  }
  return new KubeError({ code: "CONNECTION", message: `${what}: ${messageOf(error)}`, retryable: true, cause: error });
}

export async function readBody(body: AsyncIterable<Uint8Array>, maxBytes: number, what: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) {
      throw new KubeError({
        code: "RESPONSE_TOO_LARGE",
        message: `${what}: the answer is larger than ${maxBytes} bytes`,
      });
    }
    chunks.push(chunk);
  }
  const first = chunks[0];
  if (first === undefined) return "";
  const whole = chunks.length === 1 ? first : Buffer.concat(chunks, size);
  return Buffer.from(whole.buffer, whole.byteOffset, whole.byteLength).toString("utf8");
}

/** A body that is handed on while it comes; the deadline's listeners go with it. */
export async function* streamBody(
  body: AsyncIterable<Uint8Array>,
  request: TransportRequest,
  what: string,
  limit: Deadline,
  timeoutMs: number,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw wrap(error, what, request, limit, timeoutMs);
  } finally {
    limit.end();
  }
}
