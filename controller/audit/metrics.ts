import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { TimedCheckpoint } from "./integrate.ts";

/** What the log tells of itself. */
export interface AuditMetrics {
  /** An event became durable after so many seconds. */
  appended(seconds: number): void;
  failed(code: string, events: number): void;
  signed(checkpoint: TimedCheckpoint): void;
}

/** Prometheus metrics of one process's log. */
export function createAuditMetrics(registry: Registry): AuditMetrics {
  const registers = [registry];
  const duration = new Histogram({
    name: "agentsafe_audit_append_duration_seconds",
    help: "Time from an event's append to its being durable.",
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
    registers,
  });
  const failures = new Counter({
    name: "agentsafe_audit_append_failures_total",
    help: "Events that could not be recorded, by error code.",
    labelNames: ["code"],
    registers,
  });
  const size = new Gauge({
    name: "agentsafe_audit_log_size",
    help: "Events under the last signed checkpoint.",
    registers,
  });
  const time = new Gauge({
    name: "agentsafe_audit_last_checkpoint_timestamp_seconds",
    help: "When the last checkpoint was signed.",
    registers,
  });
  return {
    appended: (seconds) => duration.observe(seconds),
    failed: (code, events) => failures.inc({ code }, events),
    signed(checkpoint) {
      size.set(checkpoint.size);
      time.set(checkpoint.time / 1000);
    },
  };
}
