import { setTimeout as sleep } from "node:timers/promises";
import { ProviderError, type RoundContent, type RoundPlace } from "../provider.ts";
import { type Fields, fields, id, list, person, text } from "./fields.ts";
import { holds, treeOf, writeFiles } from "./files.ts";
import type { GiteaHttp } from "./http.ts";
import { allPages } from "./pages.ts";
import { encodePath, type Repository } from "./repository.ts";
import { loginOf } from "./standing.ts";

/** How often, and after how many ms, a branch is looked for that was made just now. */
const LOOKS = 10;
const LOOK_AGAIN_MS = 200;

/** The one commit of a round. */
interface Made {
  sha: string;
  tree: string;
}

/** Opens a round: branch with one commit, pull request, whom to ask. Each step is looked for before it is made. */
export async function ensureRound(http: GiteaHttp, repository: Repository, content: RoundContent): Promise<RoundPlace> {
  const found = await repository.look();
  const made = (await branchOf(http, repository, content)) ?? (await makeBranch(http, repository, content));
  const pull = (await pullOf(http, repository, content.branch)) ?? (await openPull(http, repository, content));
  return {
    ...{ number: Number(id(pull, "number")), url: text(pull, "html_url"), branch: content.branch },
    ...{ headSHA: made.sha, treeSHA: made.tree, repositoryId: id(found, "id"), baseBranch: repository.base },
  };
}

/** The branch as it stands; undefined where there is none. It must hold our files, in one commit on top of the base. */
async function branchOf(http: GiteaHttp, { path, base }: Repository, content: RoundContent): Promise<Made | undefined> {
  const { branch, files } = content;
  const { status, body } = await http.call("GET", `${path}/branches/${encodePath(branch)}`, { allow: [404] });
  if (status === 404) return undefined;
  const sha = text(fields(fields(body, "branch").commit, "commit"), "id");
  const commit = fields((await http.call("GET", `${path}/git/commits/${sha}`)).body, "commit");
  const changed = list(commit.files, "files").map((file) => text(file, "filename"));
  const compared = await http.call("GET", `${path}/compare/${encodePath(base)}...${sha}`);
  const alone = fields(compared.body, "comparison").total_commits === 1 && list(commit.parents, "parents").length === 1;
  const paths = new Set(files.map((file) => file.path));
  if (!alone || changed.some((name) => !paths.has(name)) || !(await holds(http, path, sha, files))) {
    throw new ProviderError("UNEXPECTED", `branch ${branch} holds something else`);
  }
  return { sha, tree: await treeOf(http, path, sha) };
}

async function makeBranch(http: GiteaHttp, repository: Repository, content: RoundContent): Promise<Made> {
  const { branch, files, message } = content;
  let refusal: unknown;
  try {
    await writeFiles(http, repository.path, { base: repository.base, newBranch: branch, message, files });
  } catch (error) {
    // Another process of ours may have been faster; then the branch is there.
    if (!(error instanceof ProviderError)) throw error;
    refusal = error;
  }
  // A branch shows only a moment after it was made.
  for (let look = 1; look <= LOOKS; look++) {
    const made = await branchOf(http, repository, content);
    if (made !== undefined) return made;
    if (refusal instanceof ProviderError && !/exist/i.test(refusal.message)) break;
    await sleep(LOOK_AGAIN_MS);
  }
  throw refusal ?? new ProviderError("UNEXPECTED", `branch ${branch} was made and is not there`);
}

/** The pull request of a branch, open or not: one that somebody has closed is not opened a second time. */
async function pullOf(http: GiteaHttp, { path, base }: Repository, branch: string): Promise<Fields | undefined> {
  const address = `${path}/pulls/${encodeURIComponent(base)}/${encodePath(branch)}`;
  const { status, body } = await http.call("GET", address, { allow: [404] });
  return status === 404 ? undefined : fields(body, "pull request");
}

async function openPull(http: GiteaHttp, repository: Repository, content: RoundContent): Promise<Fields> {
  const { path, base } = repository;
  const { branch, title, body } = content;
  const labels = await labelIds(http, path, content.labels);
  const options = { head: branch, base, title, body, labels, allow_maintainer_edit: false };
  const answer = await http.call("POST", `${path}/pulls`, { body: options, allow: [409] });
  const pull = answer.status === 409 ? await pullOf(http, repository, branch) : fields(answer.body, "pull request");
  if (pull === undefined) throw new ProviderError("UNEXPECTED", `the pull request of ${branch} is there and is not`);
  if (answer.status === 409) return pull;
  // The server lets two through that come at once. Whoever is not the one that is found gives way.
  const found = await pullOf(http, repository, branch);
  if (found !== undefined && id(found, "number") !== id(pull, "number")) {
    await http.call("PATCH", `${path}/pulls/${id(pull, "number")}`, { body: { state: "closed" } });
    return found;
  }
  await ask(http, `${path}/pulls/${id(pull, "number")}`, pull, content);
  return pull;
}

/** Ids of those labels that the repository has. */
async function labelIds(http: GiteaHttp, path: string, names: readonly string[]): Promise<number[]> {
  if (names.length === 0) return [];
  const known = await allPages(http, `${path}/labels`);
  return known.filter((label) => names.includes(text(label, "name"))).map((label) => Number(id(label, "id")));
}

/** Asks people and teams for a review. They may approve unasked as well, so that a refusal costs only a notice. */
async function ask(http: GiteaHttp, pullPath: string, pull: Fields, { reviewers }: RoundContent): Promise<void> {
  const author = person(pull.user, "author").userId;
  const logins: string[] = [];
  for (const userId of reviewers.users) {
    const login = userId === author ? undefined : await loginOf(http, userId);
    if (login !== undefined) logins.push(login);
  }
  const path = `${pullPath}/requested_reviewers`;
  // One at a time: the server refuses all of a list in which one may not read the repository.
  for (const login of logins) await http.call("POST", path, { body: { reviewers: [login] }, allow: [403, 404, 422] });
  for (const team of reviewers.teams) {
    const name = team.split("/")[1] ?? team;
    await http.call("POST", path, { body: { team_reviewers: [name] }, allow: [403, 404, 422] });
  }
}
