import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { ExecutionContext } from "ava";
import type { EventInput } from "../../controller/audit/event.ts";
import { type AuditLog, type OpenOptions, openAuditLog } from "../../controller/audit/log.ts";
import { createLogKeys, type LogSigner, type SecretData } from "../../controller/audit/signer.ts";

export const ORIGIN = "agent-safe/0f7c3a52-9a5e-4d4b-8a39-d0a4a6a1b6b1/controller";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A new empty folder that is removed after the test. */
export async function folder(t: ExecutionContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "agent-safe-audit-"));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A signer with a fresh key. */
export async function newSigner(origin = ORIGIN): Promise<LogSigner> {
  let stored: SecretData | undefined;
  const { signer } = await createLogKeys({
    origin,
    read: async () => stored,
    write: async (data) => {
      stored = data;
    },
  });
  return signer;
}

export function openLog(dir: string, signer: LogSigner, more: Partial<OpenOptions> = {}): Promise<AuditLog> {
  return openAuditLog({ dir, origin: signer.origin, signer, clock: Date.now, randomBytes, logger: silent, ...more });
}

export function intent(uid: string, attempt = 1, data: Record<string, unknown> = {}): EventInput {
  return { type: "execution.intent", action: { uid, ns: "agents", name: `r-${uid}`, attempt }, data };
}

export function outcome(uid: string, attempt = 1, result = "SUCCESS"): EventInput {
  return { type: "execution.outcome", action: { uid, ns: "agents", name: `r-${uid}`, attempt }, data: { result } };
}

/** Appends `count` decisions, a few thousand at once. */
export async function fill(log: AuditLog, count: number, mark = "d"): Promise<void> {
  for (let from = 0; from < count; from += 4_000) await fillSome(log, from, Math.min(4_000, count - from), mark);
}

async function fillSome(log: AuditLog, from: number, count: number, mark: string): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_, k) => from + k).map((i) =>
      log.append({
        type: "decision.made",
        action: { uid: `${mark}-${i}`, ns: "agents", name: `${mark}-${i}`, ref: "restart-deployment" },
        actor: { kind: "agent", username: "system:serviceaccount:agents:deployer" },
        target: { id: "dev/web" },
        data: { result: "allow", rule: "allow-dev-all", params: { namespace: "dev", deployment: "web" } },
      }),
    ),
  );
}

/** A closed log of about `count` events. */
export async function sampleLog(t: ExecutionContext, count = 300): Promise<{ dir: string; signer: LogSigner }> {
  const dir = join(await folder(t), "controller");
  const signer = await newSigner();
  const log = await openLog(dir, signer);
  await fill(log, count);
  await log.close();
  return { dir, signer };
}

/** The files below a folder, by relative path, sorted. */
export async function filesOf(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .sort();
}
