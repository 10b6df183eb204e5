import type { Reviewer } from "../types.ts";
import { type Fields, fields, id, person, text } from "./fields.ts";

/** What a pull request's timeline tells. */
export interface History {
  /** Whether anything else than our one push may have happened to its branch. */
  moved: boolean;
  /** Who closed it last. */
  closedBy?: Reviewer;
  /** User ids of whoever pushed. */
  pushers: string[];
  /** Ids of the reviews that somebody dismissed. */
  dismissed: ReadonlySet<string>;
}

/**
 * Entries that make it impossible to tell what was pushed: a new target makes the server forget all pushes before it, and what is
 * pushed while a pull request is closed leaves no trace.
 */
const blinding: ReadonlySet<string> = new Set(["change_target_branch", "reopen"]);

/** Judges the timeline against the one commit that the controller pushed. The server notes this first push itself. */
export function historyOf(events: readonly Fields[], headSHA: string): History {
  const pushes = events.filter((event) => event.type === "pull_push");
  const ours = pushes.length === 1 && pushes.every((event) => isOpening(text(event, "body"), headSHA));
  const closing = events.filter((event) => event.type === "close").at(-1);
  return {
    moved: !ours || events.some((event) => blinding.has(text(event, "type"))),
    ...(closing ? { closedBy: person(closing.user, "closer") } : {}),
    dismissed: new Set(
      events.filter((event) => event.type === "dismiss_review").map((event) => id(event, "review_id")),
    ),
    pushers: pushes.map((event) => person(event.user, "pusher").userId),
  };
}

function isOpening(body: string, headSHA: string): boolean {
  let content: unknown;
  try {
    content = JSON.parse(body);
  } catch {
    return false; // not the note that the server writes; whatever it is, it is not our push
  }
  const push = fields(content, "push");
  const commits = push.commit_ids;
  return push.is_force_push === false && Array.isArray(commits) && commits.length === 1 && commits[0] === headSHA;
}
