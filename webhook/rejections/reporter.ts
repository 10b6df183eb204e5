import type { KubeClient } from "../../controller/runtime/client.ts";
import type { Logger, Ref } from "../../controller/runtime/types.ts";
import { sleep } from "../../controller/runtime/wait.ts";
import { createRejectionBuffer, type Refusal } from "./buffer.ts";
import { PostError, postBatch } from "./post.ts";

/** How often waiting rejections are sent; after failures the pause doubles up to a minute. */
const INTERVAL_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

export interface RejectionReporterOptions {
  readonly client: KubeClient;
  readonly clock: () => number;
  readonly logger: Logger;
  /** The ConfigMap in which the controller publishes where it takes rejections. */
  readonly endpoint: Ref;
  /** A token of this process for the audience `agent-safe-controller`. Without one nothing can be sent: all is lost and counted. */
  readonly tokenFile?: string;
  /** Told how many rejections were lost, for a metric. */
  readonly onLost?: (count: number) => void;
  readonly intervalMs?: number;
}

/** Takes rejections at once and sends them later; a rejection never waits for the controller. */
export interface RejectionReporter {
  record(refusal: Refusal): void;
  /** Sends until the signal, then once more. Resolves when stopped. */
  run(signal: AbortSignal): Promise<void>;
  /** Rejections lost since the start. */
  readonly lost: number;
}

export function createRejectionReporter(options: RejectionReporterOptions): RejectionReporter {
  const { client, logger, endpoint, tokenFile } = options;
  const interval = options.intervalMs ?? INTERVAL_MS;
  const buffer = createRejectionBuffer(options);

  async function send(): Promise<boolean> {
    const batch = buffer.next();
    if (!batch) return true;
    if (tokenFile === undefined) {
      buffer.refused(batch.id);
      return true;
    }
    try {
      await postBatch({ client, endpoint, tokenFile, batch });
      buffer.accepted(batch.id);
      return true;
    } catch (error) {
      logger.warn(
        { err: error, rejections: batch.rejections.length },
        "rejections could not be handed to the controller",
      );
      if (error instanceof PostError && error.code === "BATCH_REFUSED") buffer.refused(batch.id);
      return false;
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    let wait = interval;
    while (!signal.aborted) {
      await sleep(wait, signal);
      wait = (await send()) ? interval : Math.min(wait * 2, LONGEST_PAUSE_MS);
    }
    await send();
  }

  return {
    record: (refusal) => buffer.add(refusal),
    run,
    get lost() {
      return buffer.lost;
    },
  };
}
