/**
 * One executor as a process: `node process.ts '<json>'` with kubeconfig, auditDir, holder, issuer and times. It prints
 * `started` when it watches, and runs until SIGTERM. Also used in the test's own process through `startExecutor`.
 */
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ACTION_REQUESTS } from "../../../controller/api/constants.ts";
import type { ActionRequest } from "../../../controller/api/types.ts";
import { type AuditLog, openAuditLog } from "../../../controller/audit/log.ts";
import { createLogSigner } from "../../../controller/audit/signer.ts";
import { createExecutorReconciler, type ExecutorReconciler } from "../../../controller/reconcilers/executor.ts";
import type { ExecutorTimes } from "../../../controller/reconcilers/executor-options.ts";
import { createClient, createInformer, createTransport, type Logger } from "../../../controller/runtime/index.ts";
import { createTicketVerifierKeys } from "../../../controller/tickets/verifier-keys.ts";

export interface ExecutorSettings {
  kubeconfig: string;
  auditDir: string;
  holder: string;
  issuer: string;
  /** Only requests of this namespace: test files share a cluster. */
  namespace: string;
  times?: Partial<ExecutorTimes>;
  leader?: boolean;
}

export interface StartedExecutor {
  reconciler: ExecutorReconciler;
  audit: AuditLog;
  /** Makes the guard not ready, or the log unavailable. */
  control: { guardReady: boolean; auditReason: string };
  log: string[];
  stop(): Promise<void>;
}

/** Wires an executor as its role does, with a real log in a folder. */
export async function startExecutor(settings: ExecutorSettings): Promise<StartedExecutor> {
  const { kubeconfig, auditDir, holder, issuer } = settings;
  const stopping = new AbortController();
  const log: string[] = [];
  const write = (level: string) => (details: object, message: string) => {
    const error =
      "err" in details && details.err instanceof Error
        ? { error: `${details.err.message} ${String(details.err.cause ?? "")}` }
        : {};
    log.push(JSON.stringify({ level, message, ...details, ...error }));
  };
  const logger: Logger = { debug: () => undefined, info: write("info"), warn: write("warn"), error: write("error") };
  const transport = createTransport({ kubeconfig, userAgent: "agent-safe-executor" });
  const client = createClient(transport);
  const audit = await openLog(auditDir, `${issuer}/executor`);
  const keys = createTicketVerifierKeys({ client, namespace: "agent-safe-system", clock: Date.now, logger });
  await keys.start(stopping.signal);
  const requests = createInformer<ActionRequest>({
    client,
    resource: ACTION_REQUESTS,
    namespace: settings.namespace,
    fieldSelector: "status.settled!=true",
    logger,
  });
  void requests.start(stopping.signal);
  await requests.synced;
  const control = { guardReady: true, auditReason: "" };
  const reconciler = createExecutorReconciler({
    ...{
      client,
      transport,
      informers: { requests },
      keys,
      clock: Date.now,
      monotonic: () => performance.now(),
      issuer,
      holder,
      logger,
    },
    audit: { ...bound(audit), unavailable: () => control.auditReason },
    guard: { ready: () => control.guardReady },
    lease: { isLeader: () => settings.leader ?? true },
    identity: "system:serviceaccount:agent-safe-system:agent-safe-executor",
    workers: 8,
    times: {
      fence: { tokenCacheMs: 10_000, callDeadlineMs: 2_000 },
      graceMs: 0,
      frozenCallMs: 2_000,
      ...settings.times,
    },
  });
  reconciler.start();
  return {
    reconciler,
    audit,
    control,
    log,
    async stop() {
      await reconciler.stop();
      stopping.abort();
      await audit.close();
      await transport.close();
    },
  };
}

function bound(audit: AuditLog): Pick<AuditLog, "append" | "hasIntent" | "intentOutcome"> {
  return {
    append: (event) => audit.append(event),
    hasIntent: (uid) => audit.hasIntent(uid),
    intentOutcome: (uid) => audit.intentOutcome(uid),
  };
}

async function openLog(dir: string, origin: string): Promise<AuditLog> {
  mkdirSync(dir, { recursive: true });
  const file = join(dirname(dir), `${createHash("sha256").update(dir).digest("hex").slice(0, 8)}.pem`);
  if (!existsSync(file)) {
    writeFileSync(file, generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }), {
      mode: 0o600,
    });
  }
  const signer = createLogSigner({ origin, privateKey: createPrivateKey(readFileSync(file)) });
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  return openAuditLog({ dir, origin, signer, clock: Date.now, randomBytes, logger: quiet });
}

const [, main, settings] = process.argv;
if (main === import.meta.filename && settings !== undefined) {
  const started = await startExecutor(JSON.parse(settings));
  process.once("SIGTERM", () => void started.stop().then(() => process.exit(0)));
  process.stdout.write("started\n");
}
