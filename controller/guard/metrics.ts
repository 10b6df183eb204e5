import { Counter, Gauge, type Registry } from "prom-client";

/** What the guard reports. */
export interface GuardMetrics {
  /** 1 while the guard holds, else 0. */
  readonly ready: { set(value: number): void };
  /** Checks that found something, or could not be made. */
  readonly failures: { inc(): void };
}

/** Registers `agentsafe_guard_ready` and `agentsafe_guard_failures_total`. Once per registry. */
export function createGuardMetrics(registry: Registry): GuardMetrics {
  const registers = [registry];
  const ready = new Gauge({
    name: "agentsafe_guard_ready",
    help: "Whether the policies, definitions and webhook configurations are as shipped and refuse forgeries (1) or not (0).",
    registers,
  });
  const failures = new Counter({
    name: "agentsafe_guard_failures_total",
    help: "Checks of the guard that found something wrong or could not be made.",
    registers,
  });
  ready.set(0);
  return { ready, failures };
}
