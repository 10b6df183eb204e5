/** The one process image: reads settings, runs one role, ends in order. */
import { createContext, serveSide } from "./roles/context.ts";
import { type RoleName, readSettings } from "./roles/settings.ts";

/** Loaded when it is the role: a process should not carry the code, nor the start-up time, of the other two. */
const roles = {
  controller: async () => (await import("./roles/controller.ts")).runController,
  executor: async () => (await import("./roles/executor.ts")).runExecutor,
  webhook: async () => (await import("./roles/webhook.ts")).runWebhook,
};

/** After this the process ends even if something hangs; below the grace period of a pod. */
const stopTimeoutMs = 20_000;

async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2), process.cwd());
  const role = settings.roles[0] as RoleName;
  const stopping = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stopping.abort());

  const [run, context] = await Promise.all([roles[role](), createContext(settings, role, stopping.signal)]);
  const running = await run(context);
  const stopSide = await serveSide(context, running);
  if (!stopping.signal.aborted) {
    await new Promise<void>((resolve) => stopping.signal.addEventListener("abort", () => resolve(), { once: true }));
  }
  context.logger.info("stopping");
  setTimeout(() => context.die(`did not stop within ${stopTimeoutMs} ms`), stopTimeoutMs).unref();
  await running.stop();
  await stopSide();
  await context.transport.close();
}

await main();
