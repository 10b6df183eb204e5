import { ProviderError, type RoundContent, type RoundPlace } from "../provider.ts";
import type { Reviewer } from "../types.ts";
import type { GitHubClient } from "./client.ts";
import { addsExactly, commitOf, type MadeCommit, makeCommit, type RepositoryName, tipOf } from "./commits.ts";
import { GitHubError, isStatus } from "./errors.ts";

export interface OpenOptions {
  client: GitHubClient;
  name: RepositoryName;
  baseBranch: string;
  self: () => Promise<Reviewer>;
}

/** Opens a pull request, or finds it: each step looks first, so that one which was cut off anywhere goes on where it was. */
export async function openRound(options: OpenOptions, content: RoundContent): Promise<RoundPlace> {
  const { client, name, baseBranch } = options;
  const repository = await client.call("GET /repos/{owner}/{repo}", name);
  const head = await ensureBranch(options, content);
  const found = await findPull(options, content.branch);
  const pull = found ?? (await openPull(options, content));
  if (found === undefined) await ask(options, pull.number, content);
  return {
    ...{ number: pull.number, url: pull.html_url, branch: content.branch, headSHA: head.sha, treeSHA: head.tree },
    ...{ repositoryId: String(repository.id), baseBranch },
  };
}

async function ensureBranch(options: OpenOptions, content: RoundContent): Promise<MadeCommit> {
  const { client, name, baseBranch } = options;
  const { branch, files } = content;
  const tip = await tipOf(client, name, branch);
  if (tip !== undefined) {
    const standing = await commitOf(client, name, tip);
    if (await addsExactly(client, name, standing, files)) return standing;
    throw new ProviderError("UNEXPECTED", `branch ${branch} holds something else`);
  }
  const parent = await tipOf(client, name, baseBranch);
  if (parent === undefined) throw new ProviderError("GONE", `branch ${baseBranch} is gone`);
  const made = await makeCommit(client, name, { parent, files, message: `${content.title}\n\n${content.message}` });
  try {
    await client.call("POST /repos/{owner}/{repo}/git/refs", { ...name, ref: `refs/heads/${branch}`, sha: made.sha });
  } catch (error) {
    if (!isStatus(error, 422)) throw error;
    // Somebody was faster: another of us, or not.
    if ((await tipOf(client, name, branch)) === undefined) throw error;
    return ensureBranch(options, content);
  }
  return made;
}

/** Our pull request from a branch. @throws ProviderError UNEXPECTED when somebody else has opened one from it */
async function findPull({ client, name, baseBranch, self }: OpenOptions, branch: string) {
  const head = `${name.owner}:${branch}`;
  const pulls = await client.all("GET /repos/{owner}/{repo}/pulls", { ...name, head, state: "all" });
  const { userId } = await self();
  // The oldest: what was opened first is what people were shown.
  const ours = pulls.filter(({ user }) => String(user?.id) === userId).sort((a, b) => a.number - b.number)[0];
  if (ours !== undefined) return ours;
  const other = pulls.find(({ state, base }) => state === "open" && base.ref === baseBranch);
  if (other === undefined) return undefined;
  const who = other.user?.login ?? "somebody";
  throw new ProviderError("UNEXPECTED", `${who} has opened pull request ${other.number} from branch ${branch}`);
}

async function openPull(options: OpenOptions, { branch, title, body }: RoundContent) {
  const { client, name, baseBranch } = options;
  try {
    return await client.call("POST /repos/{owner}/{repo}/pulls", {
      ...name,
      ...{ head: branch, base: baseBranch, title, body, maintainer_can_modify: false },
    });
  } catch (error) {
    if (!isStatus(error, 422)) throw error;
    const found = await findPull(options, branch);
    if (found === undefined) throw error;
    return found;
  }
}

/** Labels and requests for review are there for people's convenience: that GitHub does not want one holds nothing up. */
async function ask({ client, name }: OpenOptions, number: number, { labels, reviewers }: RoundContent): Promise<void> {
  if (labels.length > 0) {
    const route = "POST /repos/{owner}/{repo}/issues/{issue_number}/labels";
    await unlessRefused(client.call(route, { ...name, issue_number: number, labels: [...labels] }));
  }
  const users: string[] = [];
  for (const id of reviewers.users) {
    const user = await unlessRefused(client.call("GET /user/{account_id}", { account_id: Number(id) }));
    if (user !== undefined) users.push(user.login);
  }
  const teams = reviewers.teams.flatMap((team) => team.split("/")[1] ?? []);
  if (users.length + teams.length === 0) return;
  const route = "POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers";
  await unlessRefused(client.call(route, { ...name, pull_number: number, reviewers: users, team_reviewers: teams }));
}

async function unlessRefused<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof GitHubError && [403, 404, 422].includes(error.status) && error.code !== "RATE_LIMITED") {
      return undefined;
    }
    throw error;
  }
}
