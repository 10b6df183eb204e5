import type { RoundPlace } from "../provider.ts";
import type { Reviewer, RoundReading } from "../types.ts";
import { type Fields, fields, id, list, person, text, time } from "./fields.ts";
import { treeOf } from "./files.ts";
import { historyOf } from "./history.ts";
import type { GiteaHttp } from "./http.ts";
import { allPages } from "./pages.ts";
import { encodePath } from "./repository.ts";
import { reviewOf } from "./reviews.ts";

/**
 * Empty pages of the timeline that are read past in any case. The server cuts pages first and then takes out what we may not see
 * (notes of pending reviews, mentions in repositories of others), so that somebody could put a push behind an empty page.
 */
const HIDDEN_PAGES = 4;
/** No server is set to give fewer items a page than this. */
const LEAST_PAGE = 10;

/** Reads a pull request whole: itself, its commits, every review and its history. */
export async function readRound(http: GiteaHttp, repository: string, place: RoundPlace): Promise<RoundReading> {
  const pullPath = `${repository}/pulls/${place.number}`;
  const reviews = await allPages(http, `${pullPath}/reviews`);
  const notes = reviews.reduce((sum, review) => sum + Number(review.comments_count ?? 0), 0);
  const events = await allPages(http, `${repository}/issues/${place.number}/timeline`, {
    gaps: HIDDEN_PAGES + Math.ceil(notes / LEAST_PAGE),
  });
  const commits = await allPages(http, `${pullPath}/commits`);
  // Last, so that a push while we were reading is seen: an approval must not be counted for a head that has gone by.
  const pull = fields((await http.call("GET", pullPath)).body, "pull request");
  const head = fields(pull.head, "head");
  const base = fields(pull.base, "base");
  const headSHA = pull.state === "open" ? await tipOf(http, repository, place) : text(head, "sha");
  const history = historyOf(events, place.headSHA);
  const author = person(pull.user, "author");
  const closed = text(pull, "state") === "closed";
  return {
    number: Number(id(pull, "number")),
    state: pull.merged === true ? "merged" : closed ? "closed" : "open",
    ...{ draft: pull.draft === true, author },
    ...(closed && pull.merged !== true && history.closedBy ? { closedBy: history.closedBy } : {}),
    ...mergedBy(pull),
    ...{ headSHA, treeSHA: await treeOf(http, repository, headSHA) },
    ...{ headRepositoryId: id(head, "repo_id"), baseRepositoryId: id(base, "repo_id"), baseBranch: text(base, "ref") },
    openedAt: time(pull, "created_at"),
    pushedAfterOpening: history.moved,
    reviews: reviews.map((review) => reviewOf(review, history.dismissed)).filter((review) => review !== undefined),
    contributors: [...new Set([author.userId, ...history.pushers, ...commits.flatMap(writers)])],
  };
}

/** What the branch is at now; empty when it is gone. The pull request itself learns of pushes and deletions only some time later. */
async function tipOf(http: GiteaHttp, repository: string, { branch }: RoundPlace): Promise<string> {
  const { status, body } = await http.call("GET", `${repository}/branches/${encodePath(branch)}`, { allow: [404] });
  return status === 404 ? "" : text(fields(fields(body, "branch").commit, "commit"), "id");
}

function mergedBy(pull: Fields): { mergedBy?: Reviewer } {
  return pull.merged === true && pull.merged_by ? { mergedBy: person(pull.merged_by, "merger") } : {};
}

/** Users whose addresses the commit bears. Addresses can be forged; here they can only take a vote away. */
function writers(commit: Fields): string[] {
  return list([commit.author, commit.committer].filter(Boolean), "writers").map(
    (user) => person(user, "writer").userId,
  );
}
