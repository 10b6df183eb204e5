import test from "ava";
import type { AuditLog } from "../../controller/audit/log.ts";
import { createAuditGate } from "../../controller/reconcilers/audit-gate.ts";

test("a log that can't sign its last checkpoint does not keep the process from ending in order", async (t) => {
  const told: string[] = [];
  const gate = createAuditGate({
    open: async () =>
      ({
        ...{ origin: "o", epoch: 1, size: () => 0, fatal: new Promise<never>(() => undefined) },
        close: () => Promise.reject(new Error("ENOSPC: no space left on device")),
      }) as unknown as AuditLog,
    sleep: async () => undefined,
    onFatal: () => t.fail(),
    logger: { info: () => undefined, warn: (_, message) => void told.push(message) },
  });
  await gate.start(new AbortController().signal);
  await t.notThrowsAsync(gate.close());
  t.deepEqual(told, ["the audit log was closed without its last checkpoint"]);
});
