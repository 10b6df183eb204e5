import { Counter, Histogram, type Registry } from "prom-client";

/** What the decider counts. Labels are from closed sets: nothing that an agent chooses becomes one. */
export interface RequestMetrics {
  decided(result: string): void;
  /** What became of a plan: its decision, then its end. */
  planDecided(result: string): void;
  /** Starts the clock of one decision; call the answer when it is made. */
  startDecision(): () => void;
}

/** Registers the decider's metrics. */
export function createRequestMetrics(registry: Registry): RequestMetrics {
  const requests = new Counter({
    name: "agentsafe_requests_total",
    help: "Verdicts written, by result.",
    labelNames: ["result"],
    registers: [registry],
  });
  for (const result of ["allow", "deny", "require_approval", "undecided", "cancelled", "expired", "invalid"]) {
    requests.inc({ result }, 0);
  }
  const plans = new Counter({
    name: "agentsafe_plans_total",
    help: "Decisions about plans and ends of plans, by result.",
    labelNames: ["result"],
    registers: [registry],
  });
  const duration = new Histogram({
    name: "agentsafe_decision_duration_seconds",
    help: "Time of one decision with its trace, without input and output.",
    buckets: [5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 1e-2],
    registers: [registry],
  });
  return {
    decided: (result) => requests.inc({ result }),
    planDecided: (result) => plans.inc({ result }),
    startDecision: () => duration.startTimer(),
  };
}
