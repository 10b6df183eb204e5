import { OUTPUT_SECRET_TYPE, SECRETS } from "../api/constants.ts";
import type { ActionRequest } from "../api/types.ts";
import { isKubeError, type KubeObject } from "../runtime/index.ts";
import type { ExecutorScope } from "./executor-options.ts";

/** Key of the output in its Secret. */
const OUTPUT_KEY = "output";

/** Where an output was put, or why it was not. */
export interface StoredOutput {
  name?: string;
  problem?: string;
}

/** Puts the output of an action with `output.to: secret` into a Secret beside the request, for those who may read Secrets there. */
export async function storeOutput(
  scope: ExecutorScope,
  request: ActionRequest,
  output: string | undefined,
): Promise<StoredOutput> {
  if (output === undefined) return {};
  const { uid = "", namespace = "" } = request.metadata;
  const name = `output-${uid}`;
  const secret: KubeObject & { type: string; immutable: boolean; data: Record<string, string> } = {
    ...{ apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, type: OUTPUT_SECRET_TYPE, immutable: true },
    data: { [OUTPUT_KEY]: Buffer.from(output).toString("base64") },
  };
  try {
    await scope.client.create(SECRETS, secret, { timeoutMs: scope.times.callMs });
    return { name };
  } catch (error) {
    if (isKubeError(error, "ALREADY_EXISTS")) return { name };
    if (!isKubeError(error) || error.retryable) throw error;
    scope.logger.warn({ err: error, request: request.metadata.name }, "the output could not be stored");
    return {
      problem: "its output could not be stored in this namespace (bind the ClusterRole agent-safe-executor-output)",
    };
  }
}
