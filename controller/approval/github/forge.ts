import { setTimeout as delay } from "node:timers/promises";
import { type ApprovalForge, type CheckState, ProviderError, type RoundPlace } from "../provider.ts";
import type { Reviewer } from "../types.ts";
import { createAnswerCache } from "./cache.ts";
import { createChanges } from "./changes.ts";
import { createClient, type GitHubClient } from "./client.ts";
import { commitToBranch } from "./commits.ts";
import { type AppKey, appClients, tokenCredential } from "./credential.ts";
import { isStatus } from "./errors.ts";
import { openRound } from "./open-round.ts";
import { createPace } from "./pace.ts";
import { reviewerOf, standingOf } from "./people.ts";
import { readRound } from "./read-round.ts";
import { createTransport } from "./transport.ts";
import { weaknessesOf } from "./weaknesses.ts";

export interface GitHubForgeOptions {
  /** Default `https://api.github.com`; `https://HOST/api/v3` for an Enterprise Server. */
  baseUrl?: string;
  owner: string;
  repo: string;
  baseBranch: string;
  auth: { app: AppKey } | { token: string };
  /** Epoch ms. */
  now?: () => number;
  sleep?: (ms: number) => Promise<void>;
  /** With another one a private CA can be trusted. */
  fetch?: typeof fetch;
  /** For one request. Default 15 s. */
  timeoutMs?: number;
  /** Default 1 s, as GitHub asks. */
  writeIntervalMs?: number;
}

const CACHE_BYTES = 32 * 1024 * 1024;
const CHECK_NAME = "agent-safe/approval";
/** GitHub takes no more in a status. */
const SUMMARY_LENGTH = 140;
const CHECK_STATES = { pending: "pending", approved: "success", denied: "failure", void: "error" } as const;

/** Approvals by reviews of pull requests at GitHub or a GitHub Enterprise Server. Makes no call before it is asked to. */
export function createGitHubForge(options: GitHubForgeOptions): ApprovalForge {
  const { owner, repo, baseBranch, auth, now = Date.now } = options;
  const baseUrl = (options.baseUrl ?? "https://api.github.com").replace(/\/+$/, "");
  const sleep = options.sleep ?? (async (ms: number) => void (await delay(ms)));
  const pace = createPace({ now, sleep, writeIntervalMs: options.writeIntervalMs ?? 1000, concurrency: 8 });
  const transport = createTransport({
    ...{ pace, cache: createAnswerCache(CACHE_BYTES), now, sleep },
    ...{ fetch: options.fetch ?? fetch, timeoutMs: options.timeoutMs ?? 15_000 },
  });
  const name = { owner, repo };
  const app = "app" in auth ? { ...auth.app, ...appClients(auth.app, { baseUrl, transport, repo, now }) } : undefined;
  const client = "token" in auth ? createClient(baseUrl, transport, tokenCredential(auth.token)) : clientOf(app);
  const changed = createChanges(client, name);
  let known: Promise<Reviewer> | undefined;

  async function findSelf(): Promise<Reviewer> {
    if (app === undefined) return reviewerOf(await client.call("GET /user", {}));
    const { slug = "" } = (await app.app.call("GET /app", {})) ?? {};
    // What an App does is done by a user of that name.
    return reviewerOf(await client.call("GET /users/{username}", { username: `${slug}[bot]` }));
  }

  function self(): Promise<Reviewer> {
    known ??= findSelf().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  }

  const pullOf = (place: RoundPlace) =>
    client.call("GET /repos/{owner}/{repo}/pulls/{pull_number}", { ...name, pull_number: place.number });

  async function comment(place: RoundPlace, text: string): Promise<void> {
    const route = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
    await client.call(route, { ...name, issue_number: place.number, body: text });
  }

  async function removeBranch({ branch }: RoundPlace): Promise<void> {
    try {
      await client.call("DELETE /repos/{owner}/{repo}/git/refs/{ref}", { ...name, ref: `heads/${branch}` });
    } catch (error) {
      // Gone already: by us before a crash, or by a setting of the repository.
      if (!isStatus(error, 404, 422)) throw error;
    }
  }

  return {
    kind: "github",
    self,
    ensureRound: (content) => openRound({ client, name, baseBranch, self }, content),
    read: (place) => readRound(client, name, place),
    standing: (userId, teams) => standingOf(client, name, userId, teams),
    changed,
    comment,

    async setCheck(place: RoundPlace, state: CheckState, summary: string) {
      await client.call("POST /repos/{owner}/{repo}/statuses/{sha}", {
        ...{ ...name, sha: place.headSHA, context: CHECK_NAME, state: CHECK_STATES[state] },
        ...{ description: [...summary].slice(0, SUMMARY_LENGTH).join(""), target_url: place.url },
      });
    },

    async merge(place, message) {
      const pull = await pullOf(place);
      if (pull.head.sha !== place.headSHA) throw movedHead(place);
      if (!pull.merged) {
        const [title = "", ...rest] = message.split("\n");
        try {
          await client.call("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", {
            ...{ ...name, pull_number: place.number, sha: place.headSHA, merge_method: "squash" },
            ...{ commit_title: title, commit_message: rest.join("\n").trim() },
          });
        } catch (error) {
          if (isStatus(error, 409)) throw movedHead(place, error);
          // While GitHub finds out whether it can be merged it answers so, too.
          if (isStatus(error, 405)) {
            const why = error instanceof Error ? error.message : "";
            throw new ProviderError("UNAVAILABLE", `pull request ${place.number} can't be merged now: ${why}`, {
              cause: error,
            });
          }
          throw error;
        }
      }
      await removeBranch(place);
    },

    async close(place, text) {
      if ((await pullOf(place)).state === "open") {
        await comment(place, text);
        const route = "PATCH /repos/{owner}/{repo}/pulls/{pull_number}";
        await client.call(route, { ...name, pull_number: place.number, state: "closed" });
      }
      await removeBranch(place);
    },

    commitFiles: (files, message) => commitToBranch(client, name, baseBranch, { files, message }),

    weaknesses: () =>
      weaknessesOf({
        ...{ client, name, baseBranch, skewMs: transport.skewMs },
        ...(app ? { app: { client: app.app, installationId: app.installationId } } : {}),
      }),
  };
}

function clientOf(app: { client: GitHubClient } | undefined): GitHubClient {
  if (app === undefined) throw new ProviderError("FORBIDDEN", "neither an App nor a token is given");
  return app.client;
}

function movedHead({ number }: RoundPlace, cause?: unknown): ProviderError {
  return new ProviderError("HEAD_MOVED", `pull request ${number} is not what was opened`, { cause });
}
