import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Logger, silentLogger } from "../lib/logger.ts";
import { freePort } from "../lib/ports.ts";
import { openProcessGroup, type Program } from "../lib/process-group.ts";
import { waitFor } from "../lib/wait.ts";
import { ensureGitea } from "./build.ts";
import { settings } from "./settings.ts";

const run = promisify(execFile);

/** Somebody with an account. */
export interface Account {
  login: string;
  userId: string;
  token: string;
}

/** A real Gitea server on loopback. */
export interface Gitea {
  readonly url: string;
  /** Makes a user with a token that may do everything that the user may. */
  account(login: string): Promise<Account>;
  /** The administrator of the server. */
  admin(): Account;
  /** A call of the REST API as somebody; rejects unless the answer is 2xx or listed. */
  as(account: Account, method: string, path: string, body?: unknown, allow?: readonly number[]): Promise<unknown>;
  /** Ends the server; its data stay. */
  halt(): Promise<void>;
  /** Starts it again on the same port. */
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a server with data of its own; builds it where the cache has none. */
export async function startGitea(logger: Logger = silentLogger): Promise<Gitea> {
  const { command, staticRoot } = await ensureGitea(logger);
  const home = mkdtempSync(join(tmpdir(), "agent-safe-gitea-"));
  const port = await freePort();
  const config = join(home, "app.ini");
  writeFileSync(config, settings({ home, port, staticRoot }), { mode: 0o600 });
  const url = `http://127.0.0.1:${port}`;
  const env = { ...process.env, GITEA_WORK_DIR: home, HOME: home };
  const group = openProcessGroup(join(home, "pids"), join(home, "logs"));
  let server: Program | undefined;

  async function resume(): Promise<void> {
    const started = await group.start({ name: "gitea", command, args: ["web", "-c", config], env, cwd: home });
    server = started;
    await waitFor(
      async () => {
        if (!started.running()) throw new Error(readFileSync(started.logFile, "utf8").slice(-2000));
        return (await fetch(`${url}/api/v1/version`)).ok;
      },
      { timeoutMs: 90_000, what: "Gitea" },
    );
  }

  let root: Account | undefined;

  /** The administrator, whom the API can't make. */
  async function administrator(): Promise<Account> {
    const user = ["--username", "root-admin", "--password", "secret-root-admin", "--email", "root@example.com"];
    const token = ["--access-token", "--access-token-name", "t", "--access-token-scopes", "all"];
    const { stdout } = await run(command, ["admin", "user", "create", "-c", config, "--admin", ...user, ...token], {
      env,
    });
    // Warnings of its log are written to the same place.
    const [found] = /\b[0-9a-f]{40}\b/.exec(stdout) ?? [];
    if (found === undefined) throw new Error(`no token for the administrator:\n${stdout}`);
    return withId({ login: "root-admin", userId: "", token: found });
  }

  async function withId(account: Account): Promise<Account> {
    const { id } = (await as(account, "GET", "/user")) as { id: number };
    return { ...account, userId: String(id) };
  }

  async function account(login: string): Promise<Account> {
    const password = `secret-${login}`;
    const options = { username: login, email: `${login}@example.com`, password, must_change_password: false };
    await as(gitea.admin(), "POST", "/admin/users", options);
    const response = await fetch(`${url}/api/v1/users/${login}/tokens`, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ name: "t", scopes: ["all"] }),
    });
    if (!response.ok) throw new Error(`no token for ${login}: ${response.status} ${await response.text()}`);
    const { sha1 } = (await response.json()) as { sha1: string };
    return withId({ login, userId: "", token: sha1 });
  }

  async function as(who: Account, method: string, path: string, body?: unknown, allow: readonly number[] = []) {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `token ${who.token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok && !allow.includes(response.status)) {
      throw new Error(`${method} ${path} as ${who.login}: ${response.status} ${text.slice(0, 500)}`);
    }
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  }

  const gitea: Gitea = {
    url,
    as,
    account,
    admin() {
      if (root === undefined) throw new Error("the server has not started");
      return root;
    },
    async halt() {
      await server?.stop();
    },
    resume,
    async stop() {
      await server?.stop();
      await group.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
  try {
    await resume();
    root = await administrator();
  } catch (error) {
    await gitea.stop();
    throw error;
  }
  return gitea;
}
