import { spawn } from "node:child_process";
import { ImageError } from "./errors.ts";

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs a program to its end and resolves to its standard output. Rejects with ImageError that quotes the end of its errors. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      errors = (errors + chunk).slice(-4000);
    });
    child.on("error", (cause) =>
      reject(new ImageError("COMMAND_FAILED", `${program} could not be started`, { cause })),
    );
    child.on("close", (code) => {
      if (code === 0) return resolve(output);
      const tail = (errors.trim() || output.trim()).split("\n").slice(-8).join("\n");
      reject(new ImageError("COMMAND_FAILED", `${program} ${args.slice(0, 3).join(" ")} ended with ${code}:\n${tail}`));
    });
  });
}
