// Takes a log's writer lock and holds it until it is killed.
import { takeWriterLock } from "../../controller/audit/lock.ts";

await takeWriterLock(process.argv[2] ?? "");
process.stdout.write("held\n");
setInterval(() => undefined, 60_000);
