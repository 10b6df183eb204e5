import type { Endpoints } from "@octokit/types";
import type { Reviewer } from "../types.ts";
import { reviewerOf } from "./people.ts";

export type TimelineEvent =
  Endpoints["GET /repos/{owner}/{repo}/issues/{issue_number}/timeline"]["response"]["data"][number];

/** What a pull request's timeline tells. */
export interface History {
  /** Whether its branch moved or it was pointed elsewhere after it had been opened, whatever is so now. */
  moved: boolean;
  /** Who closed it first without merging, also when it was opened again. */
  closedBy: Reviewer | undefined;
  closed: boolean;
}

/**
 * Events after which nobody can tell what an approval was about. They stay when the branch is pushed back to where it was. A pull
 * request that was pointed to another base and back has shown its reviewers something else meanwhile.
 */
const MOVES = new Set(["head_ref_force_pushed", "head_ref_restored", "base_ref_changed", "base_ref_force_pushed"]);

/** Reads a whole timeline. `headSHA`: the one commit that we pushed. */
export function historyOf(events: readonly TimelineEvent[], headSHA: string, merged: boolean): History {
  const commits = events.filter(({ event }) => event === "committed");
  const foreign = commits.some((event) => !("sha" in event) || event.sha !== headSHA);
  const closings = events.filter(({ event }) => event === "closed");
  // The last closing of what was merged is the merge.
  const closing = (merged ? closings.slice(0, -1) : closings)[0];
  const actor = closing !== undefined && "actor" in closing ? closing.actor : undefined;
  return {
    moved: foreign || events.some(({ event }) => event !== undefined && MOVES.has(event)),
    closed: closing !== undefined,
    closedBy: closing && actor && typeof actor === "object" ? reviewerOf(actor) : undefined,
  };
}
