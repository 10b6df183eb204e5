import { Counter, type Registry } from "prom-client";

/** What the executor counts; labels are closed sets. */
export interface ExecutorMetrics {
  executed(result: string): void;
  refused(code: string): void;
  recovered(result: string): void;
}

/** Registers the executor's counters. */
export function createExecutorMetrics(registry: Registry): ExecutorMetrics {
  const counter = (name: string, help: string, label: string) =>
    new Counter({ name, help, labelNames: [label], registers: [registry] });
  const executions = counter("agentsafe_executions_total", "Executions that ended, by result.", "result");
  const refusals = counter("agentsafe_tickets_refused_total", "Tickets that the executor refused, by code.", "code");
  const recoveries = counter(
    "agentsafe_recoveries_total",
    "Executions whose end was found out after a crash, by result.",
    "result",
  );
  return {
    executed: (result) => executions.inc({ result }),
    refused: (code) => refusals.inc({ code }),
    recovered: (result) => recoveries.inc({ result }),
  };
}
