import { readFile } from "node:fs/promises";
import { KubeError, messageOf } from "./errors.ts";
import type { Credential } from "./kubeconfig.ts";

/** Gives the value of the Authorization header, or undefined for none. `renew` drops what is cached (after a 401). */
export interface Authorizer {
  header(): string | undefined | Promise<string | undefined>;
  renew(): void;
  /** Whether a 401 is worth one more try after {@link Authorizer.renew}. */
  readonly renewable: boolean;
}

/** A kubelet rotates a token file when 80 % of its life is over; a minute is client-go's interval too. */
const rereadMs = 60_000;

function fixed(value: string | undefined): Authorizer {
  return { header: () => value, renew: () => undefined, renewable: false };
}

function cached(load: () => Promise<string | undefined>, clock: () => number): Authorizer {
  let value: string | undefined;
  let loadedAt = Number.NEGATIVE_INFINITY;
  let loading: Promise<string | undefined> | undefined;
  async function refresh(): Promise<string | undefined> {
    try {
      value = await load();
      loadedAt = clock();
      return value;
    } finally {
      loading = undefined;
    }
  }
  return {
    renewable: true,
    renew() {
      loadedAt = Number.NEGATIVE_INFINITY;
    },
    header() {
      if (clock() - loadedAt < rereadMs) return value;
      loading ??= refresh();
      return loading;
    },
  };
}

async function readTokenFile(path: string): Promise<string> {
  let content: string;
  try {
    content = (await readFile(path, "utf8")).trim();
  } catch (error) {
    throw new KubeError({
      code: "CONFIG",
      message: `cannot read token file ${path}: ${messageOf(error)}`,
      cause: error,
    });
  }
  if (content === "") throw new KubeError({ code: "CONFIG", message: `token file ${path} is empty`, retryable: true });
  return `Bearer ${content}`;
}

/** Plugins and auth providers: the official package runs them; it is loaded only here, on first use. */
async function runPlugin(kubeconfig: string, context: string): Promise<string | undefined> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  config.setCurrentContext(context);
  const options: { headers: Record<string, string>; cert?: unknown } = { headers: {} };
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw new KubeError({ code: "CONFIG", message: `the credential plugin failed: ${messageOf(error)}`, cause: error });
  }
  const header = options.headers.Authorization ?? options.headers.authorization;
  if (header === undefined && options.cert !== undefined) {
    throw new KubeError({
      code: "CONFIG",
      message: "a plugin that answers with a client certificate is not supported",
    });
  }
  return header;
}

/** The way to authorize requests with `credential`. Client certificates are the connection's business, not a header's. */
export function createAuthorizer(credential: Credential, clock: () => number): Authorizer {
  switch (credential.kind) {
    case "none":
      return fixed(undefined);
    case "token":
      return fixed(`Bearer ${credential.token}`);
    case "basic":
      return fixed(`Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString("base64")}`);
    case "tokenFile":
      return cached(() => readTokenFile(credential.path), clock);
    case "exec":
      return cached(() => runPlugin(credential.kubeconfig, credential.context), clock);
  }
}
