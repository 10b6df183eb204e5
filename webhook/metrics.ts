import { Counter, Histogram, type Registry } from "prom-client";

/** What the webhook counts. */
export interface WebhookMetrics {
  /** One answered review; `seconds` from the whole body to the answer. */
  reviewed(path: string, outcome: "answered" | "failed", seconds: number): void;
  lost(count: number): void;
}

/** Registers the webhook's metrics; series start at 0. */
export function createWebhookMetrics(registry: Registry, paths: readonly string[]): WebhookMetrics {
  const registers = [registry];
  const reviews = new Counter({
    name: "agentsafe_webhook_reviews_total",
    help: "AdmissionReviews by path; failed ones were no proper review",
    labelNames: ["path", "outcome"],
    registers,
  });
  const duration = new Histogram({
    name: "agentsafe_webhook_review_seconds",
    help: "How long an AdmissionReview took from its whole body to its answer",
    labelNames: ["path"],
    buckets: [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
    registers,
  });
  const lost = new Counter({
    name: "agentsafe_webhook_rejections_lost_total",
    help: "Rejections that never reached the audit log: the controller was away for too long or refused them",
    registers,
  });
  for (const path of paths) for (const outcome of ["answered", "failed"]) reviews.inc({ path, outcome }, 0);
  return {
    reviewed(path, outcome, seconds) {
      reviews.inc({ path, outcome });
      duration.observe({ path }, seconds);
    },
    lost: (count) => lost.inc(count),
  };
}
