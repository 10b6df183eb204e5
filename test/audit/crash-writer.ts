// Appends events until it is killed and says which were acknowledged: `<uid> <index>` a line, only after append resolved.
import { createPrivateKey, randomBytes } from "node:crypto";
import { writeSync } from "node:fs";
import { openAuditLog } from "../../controller/audit/log.ts";
import { createLogSigner } from "../../controller/audit/signer.ts";

const [dir = "", origin = "", key = "", round = ""] = process.argv.slice(2);
const signer = createLogSigner({ origin, privateKey: createPrivateKey(Buffer.from(key, "base64").toString()) });
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const log = await openAuditLog({
  dir,
  origin,
  signer,
  clock: Date.now,
  randomBytes,
  logger: silent,
  checkpointInterval: 15,
  segmentBytes: 60_000,
});
writeSync(1, "open\n");
let next = 0;
await Promise.all(
  Array.from({ length: 8 }, async (_, worker) => {
    for (;;) {
      const uid = `${round}-${next++}`;
      const blobs = worker === 0 ? [{ name: "before", content: `state of ${uid}` }] : [];
      const { index } = await log.append({
        type: "execution.intent",
        action: { uid, attempt: 1 },
        data: { pad: "x".repeat(next % 700) },
        blobs,
      });
      writeSync(1, `${uid} ${index}\n`);
    }
  }),
);
