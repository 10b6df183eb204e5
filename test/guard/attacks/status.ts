import { resources } from "../support.ts";
import { type Attack, auditLog, claim, condition, dry, dryStatus, judged, ticket, type World, write } from "./world.ts";

const { targets, auditLogs } = resources;

/** A status written by someone whose part it is not. */
export function requestStatusAttacks(world: World): Attack[] {
  return [
    {
      what: "an agent approves itself",
      says: /verb "decide"/,
      run: () => write(world, world.bot, "fresh", { conditions: [condition("Approved")] }),
    },
    {
      what: "an agent settles",
      says: /verb "decide"/,
      run: () => write(world, world.bot, "fresh", { observedGeneration: 1 }),
    },
    {
      what: "the controller claims",
      says: /status\.claim may not be changed by the controller/,
      run: () => write(world, world.controller, "ticketed", { claim }),
    },
    {
      what: "the controller reports an outcome",
      says: /status\.execution may not/,
      run: () => write(world, world.controller, "ticketed", { execution: { result: "SUCCESS" } }),
    },
    {
      what: "the controller writes the executor's log positions",
      says: /status\.audit\.intent may not/,
      run: () => write(world, world.controller, "ticketed", { audit: { intent: { origin: "x", index: 1 } } }),
    },
    {
      what: "the controller writes Executed",
      says: /status\.conditions: Executed may not/,
      run: () => write(world, world.controller, "fresh", { conditions: [condition("Executed")] }),
    },
    {
      what: "the controller changes a condition after a claim",
      says: /after a claim/,
      run: () =>
        write(world, world.controller, "claimed", { conditions: [...judged, condition("Ready", "Succeeded")] }),
    },
    {
      what: "the executor writes before a claim",
      says: /status\.claim is missing/,
      run: () => write(world, world.executor, "ticketed", { execution: { result: "SUCCESS" } }),
    },
    {
      what: "the executor writes a decision",
      says: /status\.decision may not be changed by the executor/,
      run: () => write(world, world.executor, "fresh", { decision: { result: "allow" } }),
    },
    {
      what: "the executor writes a ticket",
      says: /status\.ticket may not/,
      run: () => write(world, world.executor, "fresh", { ticket }),
    },
    {
      what: "the executor writes an approval",
      says: /status\.approval may not/,
      run: () => write(world, world.executor, "claimed", { approval: { message: "fine" } }),
    },
    {
      what: "the executor says that it was denied",
      says: /status\.conditions: .*Denied.* may not be changed by the executor/,
      run: () => write(world, world.executor, "fresh", { conditions: [condition("Denied")] }),
    },
    {
      what: "the executor approves",
      says: /status\.conditions: .*Approved/,
      run: () => write(world, world.executor, "fresh", { conditions: [condition("Approved")] }),
    },
    {
      what: "the executor approves together with its claim",
      says: /status\.conditions: Approved/,
      run: () => write(world, world.executor, "ticketed", { claim, conditions: [...judged, condition("Approved")] }),
    },
  ];
}

/** The status of other kinds. */
export function otherStatusAttacks(world: World): Attack[] {
  return [
    {
      what: "an agent writes the status of a Target",
      says: /verb "decide"/,
      run: () =>
        world.bot.patch(targets, { name: "agent-safe-sentinel" }, { status: { observedGeneration: 1 } }, dryStatus),
    },
    {
      what: "the executor writes the status of a Target",
      says: /not by the executor/,
      run: () =>
        world.executor.patch(
          targets,
          { name: "agent-safe-sentinel" },
          { status: { observedGeneration: 1 } },
          dryStatus,
        ),
    },
    {
      what: "the executor makes the controller's AuditLog",
      says: /metadata\.name/,
      run: () => world.executor.create(auditLogs, auditLog("controller"), dry),
    },
    {
      what: "an agent makes an AuditLog",
      says: /verb "decide"/,
      run: () => world.bot.create(auditLogs, auditLog("controller"), dry),
    },
  ];
}
