import { randomUUID } from "node:crypto";
import { BATCH_LIMIT, type Rejection, type RejectionBatch } from "../../controller/runtime/rejections.ts";
import { plain } from "../admission/quote.ts";

/** A refusal as it happens. */
export type Refusal = Omit<Rejection, "count" | "firstAt" | "lastAt">;

/** Refusals waiting to be sent, counted together where they are alike; bounded. */
export interface RejectionBuffer {
  /** Never throws and never waits. */
  add(refusal: Refusal): void;
  /** The batch to send: the same one, with the same id, until it was accepted. */
  next(): RejectionBatch | undefined;
  accepted(id: string): void;
  /** Gives a batch up that the receiver will never take. */
  refused(id: string): void;
  /** Refusals that found no place or were given up since the start. */
  readonly lost: number;
}

/** A buffer for one batch under way and one being filled. `onLost` is told how many refusals were lost. */
export function createRejectionBuffer(options: {
  clock: () => number;
  onLost?: (count: number) => void;
}): RejectionBuffer {
  let filling = new Map<string, Rejection>();
  let sending: RejectionBatch | undefined;
  let lost = 0;

  function lose(count: number): void {
    lost += count;
    options.onLost?.(count);
  }

  function settle(id: string): RejectionBatch | undefined {
    if (sending?.id !== id) return undefined;
    const settled = sending;
    sending = undefined;
    return settled;
  }

  return {
    add(refusal) {
      const capped = cap(refusal);
      const key = JSON.stringify([
        capped.kind,
        capped.namespace,
        capped.username,
        capped.subject,
        capped.target,
        capped.codes,
      ]);
      const at = new Date(options.clock()).toISOString();
      const before = filling.get(key);
      if (before) filling.set(key, { ...before, count: before.count + 1, lastAt: at });
      else if (filling.size >= BATCH_LIMIT) lose(1);
      else filling.set(key, { ...capped, count: 1, firstAt: at, lastAt: at });
    },
    next() {
      if (!sending && filling.size > 0) {
        sending = { id: randomUUID(), rejections: [...filling.values()] };
        filling = new Map();
      }
      return sending;
    },
    accepted: (id) => void settle(id),
    refused(id) {
      for (const { count } of settle(id)?.rejections ?? []) lose(count);
    },
    get lost() {
      return lost;
    },
  };
}

function cap(refusal: Refusal): Refusal {
  return {
    kind: plain(refusal.kind, 63),
    namespace: plain(refusal.namespace, 63),
    username: plain(refusal.username, 256),
    subject: plain(refusal.subject, 253),
    target: plain(refusal.target, 253),
    codes: [...new Set(refusal.codes)].sort().slice(0, 16),
    message: plain(refusal.message, 512),
  };
}
