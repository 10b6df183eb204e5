import { spawn } from "node:child_process";
import { ProviderError } from "../provider.ts";

export interface RunOptions {
  /** What the command reads from its standard input. */
  input?: string;
  /** Settings for this command alone, such as `gpg.ssh.allowedSignersFile=…`. */
  config?: readonly string[];
}

/** Runs git with arguments and answers its standard output. @throws ProviderError */
export type Git = (args: readonly string[], options?: RunOptions) => Promise<string>;

export type GitCredential =
  /** A private key file and a file of known hosts, for ssh. */
  | { kind: "ssh"; keyFile: string; knownHostsFile: string }
  /** For https; handed over in the environment, where other users can't read it. */
  | { kind: "token"; username: string; token: string };

export interface GitOptions {
  /** The repository, or the folder in which one is made. */
  directory: string;
  credential?: GitCredential | undefined;
  /** After so long git is ended, in ms (30 s). */
  timeoutMs?: number;
  /** The most bytes that are read from it (32 MiB). */
  maxBytes?: number;
}

/** Nothing of the machine's or the user's own settings counts, no hook runs, and nothing asks. */
const SETTINGS = [
  ...["core.hooksPath=/dev/null", "gc.auto=0", "commit.gpgSign=false", "transfer.fsckObjects=true"],
  ...["protocol.allow=never", "protocol.file.allow=always", "protocol.https.allow=always", "protocol.ssh.allow=always"],
];

/** Runs git in one repository, shut off from the settings of whoever runs it, and bounded in time and output. */
export function createGit({ directory, credential, timeoutMs = 30_000, maxBytes = 32 << 20 }: GitOptions): Git {
  const env = environmentOf(credential);
  return (args, { input = "", config = [] } = {}) =>
    new Promise((resolve, reject) => {
      const what = `git ${args[0]}`;
      const settings = [...SETTINGS, ...config].flatMap((setting) => ["-c", setting]);
      const child = spawn("git", [...settings, ...args], {
        cwd: directory,
        env,
        timeout: timeoutMs,
        killSignal: "SIGKILL",
      });
      const output: Buffer[] = [];
      let bytes = 0;
      let errors = "";
      child.stdout.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxBytes) child.kill("SIGKILL");
        else output.push(chunk);
      });
      child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
        errors = `${errors}${chunk}`.slice(-8_192);
      });
      child.on("error", (cause) => reject(new ProviderError("UNAVAILABLE", `${what}: ${cause.message}`, { cause })));
      child.on("close", (code, signal) => {
        if (code === 0) resolve(Buffer.concat(output).toString("utf8"));
        else if (bytes > maxBytes) reject(new ProviderError("UNEXPECTED", `${what}: more than ${maxBytes} bytes`));
        else reject(failure(what, signal === null ? errors : `ended after ${timeoutMs} ms\n${errors}`));
      });
      // A command that ends before it has read its input is judged by how it ends, not by the pipe.
      child.stdin.on("error", () => undefined);
      child.stdin.end(input);
    });
}

function environmentOf(credential: GitCredential | undefined): Record<string, string> {
  const ssh = "ssh -F /dev/null -o BatchMode=yes -o ConnectTimeout=10 -o StrictHostKeyChecking=yes";
  const common = {
    ...{ PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C", HOME: "/nonexistent" },
    ...{
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_TERMINAL_PROMPT: "0",
      GIT_ASKPASS: "/bin/false",
    },
  };
  if (credential === undefined) return { ...common, GIT_SSH_COMMAND: ssh };
  if (credential.kind === "ssh") {
    const files = `-i ${plain(credential.keyFile)} -o IdentitiesOnly=yes -o UserKnownHostsFile=${plain(credential.knownHostsFile)}`;
    return { ...common, GIT_SSH_COMMAND: `${ssh} ${files}` };
  }
  const basic = Buffer.from(`${credential.username}:${credential.token}`).toString("base64");
  return {
    ...common,
    ...{
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "http.extraHeader",
      GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
    },
  };
}

/** A path that a shell takes for what it is. */
function plain(path: string): string {
  if (!/^[\w./@+-]+$/.test(path)) throw new ProviderError("UNEXPECTED", "a key file has a path that ssh can't be told");
  return path;
}

function failure(what: string, errors: string): ProviderError {
  const lines = errors.split("\n");
  const said = lines.find((line) => /^(fatal|error|remote|ssh|ended|!)/.test(line.trim())) ?? lines[0] ?? "";
  const message = `${what}: ${said.trim().slice(0, 300)}`;
  if (/stale info|rejected|non-fast-forward|fetch first|cannot lock ref|failed to update ref/i.test(errors)) {
    return new ProviderError("HEAD_MOVED", message);
  }
  if (/permission denied|authentication failed|access denied| 403/i.test(errors))
    return new ProviderError("FORBIDDEN", message);
  if (/not appear to be a git repository|not found|couldn't find remote ref|unknown revision|no such/i.test(errors)) {
    return new ProviderError("GONE", message);
  }
  return new ProviderError("UNAVAILABLE", message);
}
