/** `npm start`: brings up a local control plane with Agent-Safe on it, and runs until it is told to stop. */
import { Command, InvalidArgumentError } from "commander";
import { startDetached } from "./lib/detach.ts";
import { endProcesses } from "./lib/end-processes.ts";
import { createHome, localHome } from "./lib/local-home.ts";
import { takeLock } from "./lib/lock.ts";
import { type Local, runLocal } from "./lib/run-local.ts";
import { tryItText } from "./lib/try-it.ts";

interface Options {
  home?: string;
  kubeconfig?: string;
  apiPort?: number;
  webhookPort?: number;
  detach?: true;
}

const program = new Command("npm start --")
  .description(
    "Runs Agent-Safe on this machine: etcd, kube-apiserver, controllers and nodes without containers, then the controller,\n" +
      "webhook and executor, each under its own identity. State is kept; Ctrl-C or `npm stop` ends every process.",
  )
  .option("--home <dir>", "the folder of state (default: $AGENT_SAFE_HOME, else .agent-safe)")
  .option(
    "--kubeconfig <file>",
    "use this existing cluster, whose API server reaches 127.0.0.1, instead of starting one",
  )
  .option("--api-port <port>", "port of the API server (default: a free one, kept over restarts)", parsePort)
  .option("--webhook-port <port>", "port of the admission webhook (default: a free one, kept over restarts)", parsePort)
  .option("--detach", "return once all serve, and go on in the background")
  .addHelpText(
    "after",
    `
Examples:
  npm start
  npm start -- --detach && npm run demo && npm stop
  npm start -- --home /tmp/second --api-port 6443
  KUBEBUILDER_ASSETS=/opt/k8s/bin npm start`,
  )
  .parse();

const options = program.opts<Options>();
const home = localHome(options.home);
createHome(home);
const logger = { info: (message: string) => void process.stdout.write(`${message}\n`) };

if (options.detach) {
  process.exitCode = await startDetached(
    home,
    process.argv.slice(1).filter((arg) => arg !== "--detach"),
    logger,
  );
} else {
  await runUntilStopped();
}

async function runUntilStopped(): Promise<void> {
  const lock = takeLock(home.lock);
  if (!lock.taken) {
    logger.info(`It already runs in ${home.directory} (process ${lock.holder.pid}). End it with: npm stop`);
    process.exitCode = 1;
    return;
  }
  const begun = performance.now();
  const stopping = stopSignal();
  let local: Local | undefined;
  try {
    const starting = runLocal({ ...options, home, logger });
    const first = await Promise.race([starting, stopping]);
    if (first === "stop") return await abandon(starting);
    local = first;
    logger.info(tryItText(local.ready, process.cwd()));
    logger.info(`Ready after ${((performance.now() - begun) / 1000).toFixed(1)} s.`);
    await stopping;
    logger.info("Stopping …");
  } catch (error) {
    logger.info(`\n${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  } finally {
    await local?.stop();
    lock.release();
  }
  process.exit();
}

/** Ends a start that is still under way, whatever it is doing. */
async function abandon(starting: Promise<Local>): Promise<never> {
  starting.catch(() => undefined); // it fails now that its processes end
  logger.info("Stopping …");
  await endProcesses(home.pids, 1000);
  process.exit(1);
}

/** Resolves at the first SIGINT, SIGTERM or SIGHUP. A second one ends this process at once; its minder then ends the rest. */
function stopSignal(): Promise<"stop"> {
  return new Promise((resolve) => {
    let told = false;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.on(signal, () => {
        if (told) process.exit(1);
        told = true;
        resolve("stop");
      });
  });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new InvalidArgumentError("a port is 1 to 65535.");
  return port;
}
