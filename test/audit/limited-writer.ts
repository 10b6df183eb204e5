// Appends until the process's file size limit refuses; says how many were acknowledged and with what it ended.
import { AuditError } from "../../controller/audit/errors.ts";
import { newSigner, openLog } from "./support.ts";

// Without a handler the kernel's signal would end the process before the write can fail.
process.on("SIGXFSZ", () => undefined);
const log = await openLog(process.argv[2] ?? "", await newSigner());
let acknowledged = 0;
let code = "";
while (!code) {
  try {
    await log.append({ type: "decision.made", data: { pad: "x".repeat(5_001) } });
    acknowledged++;
  } catch (error) {
    code = error instanceof AuditError ? error.code : String(error);
  }
}
const size = log.size();
await log.close();
process.stdout.write(JSON.stringify({ acknowledged, error: code, size }));
