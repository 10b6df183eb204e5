import type { ApprovalForge, CheckState } from "../provider.ts";
import { createChanges } from "./changes.ts";
import { commitFiles } from "./commit.ts";
import { person } from "./fields.ts";
import { close, comment, merge } from "./finish.ts";
import { createGiteaHttp, type GiteaHttpOptions } from "./http.ts";
import { readRound } from "./read.ts";
import { openRepository } from "./repository.ts";
import { ensureRound } from "./round.ts";
import { standingOf } from "./standing.ts";
import { weaknessesOf } from "./weaknesses.ts";

export interface GiteaForgeOptions extends GiteaHttpOptions {
  /** `owner/name` of the approvals repository. */
  repository: string;
  baseBranch: string;
}

/** A forge that keeps connections open until it is closed. */
export interface GiteaForge extends ApprovalForge {
  /** Lets go of its connections. */
  disconnect(): Promise<void>;
}

const checkStates: Readonly<Record<CheckState, string>> = {
  ...{ pending: "pending", approved: "success", denied: "failure", void: "error" },
};
const CHECK_NAME = "agent-safe/approval";
/** The server cuts nothing: what is longer it refuses. */
const CHECK_LENGTH = 200;

/** Approvals by pull-request review on a Gitea or Forgejo server, over its REST API. */
export function createGiteaForge(options: GiteaForgeOptions): GiteaForge {
  const http = createGiteaHttp(options);
  const repository = openRepository(http, options.repository, options.baseBranch);
  return {
    kind: "gitea",
    self: async () => person((await http.call("GET", "/user")).body, "user"),
    ensureRound: (content) => ensureRound(http, repository, content),
    read: async (place) => readRound(http, await repository.pathOf(place), place),
    standing: (userId, teams) => standingOf(http, repository.current(), userId, teams),
    changed: createChanges(http, repository.path),
    comment: async (place, text) => comment(http, await repository.pathOf(place), place, text),
    async setCheck(place, state, summary) {
      const path = `${await repository.pathOf(place)}/statuses/${place.headSHA}`;
      const description = summary.slice(0, CHECK_LENGTH);
      await http.call("POST", path, {
        body: { state: checkStates[state], context: CHECK_NAME, description, target_url: place.url },
      });
    },
    merge: async (place, message) => merge(http, await repository.pathOf(place), place, message),
    close: async (place, text) => close(http, await repository.pathOf(place), place, text),
    commitFiles: (files, message) => commitFiles(http, repository, files, message),
    weaknesses: () => weaknessesOf(http, repository),
    disconnect: () => http.close(),
  };
}
