import type { Change } from "./cache.ts";
import { untilAborted } from "./wait.ts";

/** `initial`: the object was there before we looked; a queue may put it behind fresh work. */
export interface AddInfo {
  initial: boolean;
}

/** Called one after the other, in the order of the changes; an asynchronous one is waited for, so keep it short. */
export interface InformerHandlers<T> {
  add?(object: T, info: AddInfo): void | Promise<void>;
  update?(object: T, old: T): void | Promise<void>;
  delete?(object: T): void | Promise<void>;
  /** The server's history went back (a restored etcd): what was learnt from later versions is void. */
  rewind?(): void | Promise<void>;
}

/** The handlers of one informer. What they throw is given to `failed`; it stops neither the others nor what comes next. */
export function createHandlers<T>(failed: (error: unknown) => void) {
  const all = new Set<InformerHandlers<T>>();

  /** Calls one handler; only an asynchronous one costs a turn of the event loop. */
  function invoke(call: () => void | Promise<void>): Promise<void> | undefined {
    try {
      const result = call();
      return result instanceof Promise ? result.catch(failed) : undefined;
    } catch (error) {
      failed(error);
      return undefined;
    }
  }

  function tell(to: InformerHandlers<T>, change: Change<T>, info: AddInfo): Promise<void> | undefined {
    switch (change.type) {
      case "add":
        return invoke(() => to.add?.(change.object, info));
      case "update":
        return invoke(() => to.update?.(change.object, change.old));
      case "delete":
        return invoke(() => to.delete?.(change.object));
    }
  }

  return {
    add(handlers: InformerHandlers<T>): () => void {
      all.add(handlers);
      return () => {
        all.delete(handlers);
      };
    },
    /** Tells one handler of what is there already. */
    catchUp(handlers: InformerHandlers<T>, objects: readonly T[]): void {
      for (const object of objects) void tell(handlers, { type: "add", object }, { initial: true });
    },
    /** Tells all handlers of all changes, one after the other. After an abort nothing is told, nor waited for. */
    async deliver(changes: readonly Change<T>[], info: AddInfo, signal: AbortSignal): Promise<void> {
      for (const change of changes) {
        for (const to of all) {
          if (signal.aborted) return;
          const pending = tell(to, change, info);
          if (pending) await untilAborted(pending, signal);
        }
      }
    },
    async rewind(signal: AbortSignal): Promise<void> {
      for (const to of all) {
        if (signal.aborted) return;
        const pending = invoke(() => to.rewind?.());
        if (pending) await untilAborted(pending, signal);
      }
    },
  };
}
