import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readJson } from "./files.ts";
import type { LocalHome, Ready } from "./local-home.ts";
import type { Logger } from "./logger.ts";

/**
 * Runs a script of this project in the background, shows what it prints until it is ready, and leaves it running.
 * @returns the exit code for this process: 0 once it is ready, else that of the script
 */
export async function startDetached(home: LocalHome, argv: readonly string[], logger: Logger): Promise<number> {
  mkdirSync(home.logs, { recursive: true });
  const file = join(home.logs, "start.log");
  const output = openSync(file, "w", 0o600);
  const child = spawn(process.execPath, argv, { detached: true, stdio: ["ignore", output, output] });
  closeSync(output);
  const input = openSync(file, "r");
  const buffer = Buffer.alloc(64 * 1024);
  const show = () => {
    for (;;) {
      const length = readSync(input, buffer);
      if (length === 0) return;
      logger.info(buffer.toString("utf8", 0, length).replace(/\n$/, ""));
    }
  };
  try {
    for (;;) {
      const ended = child.exitCode ?? (child.signalCode === null ? undefined : 1);
      const ready = readJson<Ready>(home.ready)?.pid === child.pid;
      if (ready) await sleep(200); // what it prints last
      show();
      if (ended !== undefined) return ended;
      if (ready) return 0;
      await sleep(100);
    }
  } finally {
    child.unref();
    closeSync(input);
  }
}
