import { createHash, createPrivateKey } from "node:crypto";
import { SignJWT } from "jose";
import { ProviderError } from "../provider.ts";
import { type Credential, createClient, type GitHubClient } from "./client.ts";
import type { GitHubTransport } from "./transport.ts";

/** A GitHub App: its own identity, short tokens. */
export interface AppKey {
  appId: string;
  installationId: number;
  /** PEM, as GitHub gives it (PKCS#1) or PKCS#8. */
  privateKey: string;
}

/** What installation tokens are narrowed to, whatever the App was given. */
export const TOKEN_PERMISSIONS = {
  contents: "write",
  pull_requests: "write",
  statuses: "write",
  issues: "write",
  metadata: "read",
  members: "read",
} as const;

/** JWTs of an App may live ten minutes; GitHub's clock may be behind ours. */
const JWT_LIFETIME_S = 540;
const JWT_BACKDATE_S = 60;
/** A token that ends so soon is not used: a call may take a while. */
const TOKEN_MARGIN_MS = 120_000;

/** A token of a person or a machine user. */
export function tokenCredential(token: string): Credential {
  const key = createHash("sha256").update(token).digest("hex").slice(0, 16);
  return { key: `token:${key}`, authorization: async () => `Bearer ${token}`, forget: () => undefined };
}

/** The App itself, which may do no more than ask for tokens and about itself. @throws ProviderError FORBIDDEN when the key is none */
export function appCredential({ appId, privateKey }: AppKey, now: () => number): Credential {
  const key = readKey(privateKey);
  return {
    key: `app:${appId}`,
    forget: () => undefined,
    async authorization() {
      const at = Math.floor(now() / 1000);
      const claims = { iss: appId, iat: at - JWT_BACKDATE_S, exp: at + JWT_LIFETIME_S };
      return `Bearer ${await new SignJWT(claims).setProtectedHeader({ alg: "RS256", typ: "JWT" }).sign(key)}`;
    },
  };
}

export interface InstallationOptions {
  app: GitHubClient;
  installationId: number;
  /** Name of the one repository that tokens are good for. */
  repo: string;
  now: () => number;
}

/** The App where it is installed, with tokens for one repository and what is needed there. */
export function installationCredential({ app, installationId, repo, now }: InstallationOptions): Credential {
  let current: { token: string; until: number } | undefined;
  let fetching: Promise<string> | undefined;

  async function renew(): Promise<string> {
    const made = await app.call("POST /app/installations/{installation_id}/access_tokens", {
      installation_id: installationId,
      repositories: [repo],
      permissions: TOKEN_PERMISSIONS,
    });
    current = { token: made.token, until: Date.parse(made.expires_at) - TOKEN_MARGIN_MS };
    return made.token;
  }

  return {
    key: `installation:${installationId}`,
    forget() {
      current = undefined;
    },
    async authorization() {
      if (current !== undefined && now() < current.until) return `Bearer ${current.token}`;
      fetching ??= renew().finally(() => {
        fetching = undefined;
      });
      return `Bearer ${await fetching}`;
    },
  };
}

/** A client as the App's installation, and one as the App itself. */
export function appClients(
  key: AppKey,
  { baseUrl, transport, repo, now }: { baseUrl: string; transport: GitHubTransport; repo: string; now: () => number },
): { app: GitHubClient; client: GitHubClient } {
  const app = createClient(baseUrl, transport, appCredential(key, now));
  const installation = installationCredential({ app, installationId: key.installationId, repo, now });
  return { app, client: createClient(baseUrl, transport, installation) };
}

function readKey(pem: string) {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new ProviderError("FORBIDDEN", "the App's private key can't be read; it must be a PEM as GitHub gives it", {
      cause,
    });
  }
}
