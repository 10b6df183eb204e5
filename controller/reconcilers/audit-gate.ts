import { AuditError } from "../audit/errors.ts";
import type { AuditLog } from "../audit/log.ts";

/** The role's log while it may be closed: opening it can fail, and then nothing is decided, but the process stays and says so. */
export interface AuditGate extends Pick<AuditLog, "append" | "hasIntent" | "intentOutcome" | "charges"> {
  /** Undefined while the log is not open. */
  current(): AuditLog | undefined;
  /** Why it is not open; empty when it is. */
  unavailable(): string;
  /** Opens the log, again and again until it works or the signal aborts. Resolves when it is open. */
  start(signal: AbortSignal): Promise<void>;
  /** Ends the log; that its last checkpoint could not be written is told and keeps nobody from ending in order. */
  close(): Promise<void>;
}

export interface AuditGateOptions {
  open: () => Promise<AuditLog>;
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** A failed sync leaves unknown what the disk holds; the process must end and read it anew. */
  onFatal: (error: unknown) => void;
  /** Called whenever availability changes. */
  onChange?: () => void;
  logger: { warn(fields: object, message: string): void; info(fields: object, message: string): void };
}

const retryMs = { first: 500, most: 15_000 };

/** Wraps a log that may not be open yet. Calls meanwhile reject with AUDIT_UNAVAILABLE. */
export function createAuditGate(options: AuditGateOptions): AuditGate {
  let log: AuditLog | undefined;
  let reason = "the audit log is not open yet";

  function opened(): AuditLog {
    if (log === undefined) throw new AuditError("AUDIT_UNAVAILABLE", reason);
    return log;
  }

  return {
    current: () => log,
    unavailable: () => (log === undefined ? reason : ""),
    append: async (event) => opened().append(event),
    hasIntent: async (uid) => opened().hasIntent(uid),
    intentOutcome: async (uid) => opened().intentOutcome(uid),
    charges: (since) => opened().charges(since),
    async start(signal) {
      for (let wait = retryMs.first; !signal.aborted; wait = Math.min(wait * 2, retryMs.most)) {
        try {
          const opening = await options.open();
          opening.fatal.catch((error: unknown) => options.onFatal(error));
          log = opening;
          options.onChange?.();
          options.logger.info({ origin: opening.origin, epoch: opening.epoch, size: opening.size() }, "audit log open");
          return;
        } catch (error) {
          reason = error instanceof Error ? error.message : String(error);
          options.onChange?.();
          options.logger.warn({ err: error, retryInMs: wait }, "the audit log can't be opened: nothing is decided");
          await options.sleep(wait, signal);
        }
      }
    },
    async close() {
      try {
        await log?.close();
      } catch (error) {
        // Every event that was acknowledged is durable; what is derived from them is made when the log is next opened.
        options.logger.warn({ err: error }, "the audit log was closed without its last checkpoint");
      }
    },
  };
}
