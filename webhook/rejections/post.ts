import { readFile } from "node:fs/promises";
import { Agent, request } from "undici";
import { CONFIG_MAPS } from "../../controller/api/resources.ts";
import type { KubeClient } from "../../controller/runtime/client.ts";
import { REJECTIONS_PATH, type RejectionBatch } from "../../controller/runtime/rejections.ts";
import type { Ref } from "../../controller/runtime/types.ts";

const TIMEOUT_MS = 5_000;

export type PostErrorCode = "ENDPOINT_UNKNOWN" | "BATCH_REFUSED" | "POST_FAILED";

/** A batch that did not arrive. BATCH_REFUSED says that it never will. */
export class PostError extends Error {
  override readonly name = "PostError";
  readonly code: PostErrorCode;
  constructor(code: PostErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Posts one batch to the endpoint that the controller publishes in a ConfigMap (`url`, `ca.crt`), with the bearer
 * token in `tokenFile`. Endpoint and token are read anew each time: both change while this process lives.
 * Throws PostError, KubeError, or the file system's error when there is no token.
 */
export async function postBatch(options: {
  client: KubeClient;
  endpoint: Ref;
  tokenFile: string;
  batch: RejectionBatch;
}): Promise<void> {
  const { data } = await options.client.get<{ data?: Record<string, string> }>(CONFIG_MAPS, options.endpoint, {
    timeoutMs: TIMEOUT_MS,
  });
  const url = data?.url;
  const ca = data?.["ca.crt"];
  if (!url || !ca) throw new PostError("ENDPOINT_UNKNOWN", "the controller has not published its endpoint yet");
  const token = (await readFile(options.tokenFile, "utf8")).trim();
  const dispatcher = new Agent({ connect: { ca, timeout: TIMEOUT_MS }, connections: 1 });
  try {
    const response = await request(new URL(REJECTIONS_PATH, url), {
      method: "POST",
      dispatcher,
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify(options.batch),
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
    await response.body.dump();
    const { statusCode } = response;
    if (statusCode === 200) return;
    const code = statusCode === 400 || statusCode === 413 ? "BATCH_REFUSED" : "POST_FAILED";
    throw new PostError(code, `the controller answered ${statusCode}`);
  } catch (cause) {
    if (cause instanceof PostError) throw cause;
    throw new PostError("POST_FAILED", "the controller's endpoint could not be reached", { cause });
  } finally {
    await dispatcher.destroy();
  }
}
