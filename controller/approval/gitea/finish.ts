import { setTimeout as sleep } from "node:timers/promises";
import { BRANCH_PREFIX } from "../names.ts";
import { ProviderError, type RoundPlace } from "../provider.ts";
import { type Fields, fields, text } from "./fields.ts";
import type { GiteaHttp } from "./http.ts";
import { encodePath } from "./repository.ts";

/** How long a merge is tried while the server still computes whether it can merge, in ms. */
const MERGEABLE_WITHIN_MS = 15_000;
const AGAIN_AFTER_MS = 250;

/** Merges exactly the recorded head, which the server compares itself. @throws ProviderError HEAD_MOVED */
export async function merge(http: GiteaHttp, repository: string, place: RoundPlace, message: string): Promise<void> {
  const [title = "", ...rest] = message.split("\n");
  const body = {
    ...{
      Do: "merge",
      head_commit_id: place.headSHA,
      MergeTitleField: title,
      MergeMessageField: rest.join("\n").trim(),
    },
    delete_branch_after_merge: true,
  };
  const path = `${repository}/pulls/${place.number}`;
  const end = performance.now() + MERGEABLE_WITHIN_MS;
  for (;;) {
    const pull = fields((await http.call("GET", path)).body, "pull request");
    if (text(fields(pull.head, "head"), "sha") !== place.headSHA) throw moved(place);
    if (text(fields(pull.base, "base"), "ref") !== place.baseBranch) throw moved(place);
    if (pull.merged === true) return;
    if (pull.state !== "open") throw new ProviderError("GONE", `pull request ${place.number} is closed`);
    const { status, body: answer } = await http.call("POST", `${path}/merge`, { body, allow: [405, 409] });
    if (status < 300) return;
    const said = why(answer);
    if (status === 409 && /head out of date/i.test(said)) throw moved(place);
    if (status === 409 && !/push out of date/i.test(said)) throw new ProviderError("UNEXPECTED", `not merged: ${said}`);
    if (status === 405 && !/try again later|already merged/i.test(said)) {
      throw new ProviderError("FORBIDDEN", `not merged: ${said}`);
    }
    if (performance.now() > end) throw new ProviderError("UNAVAILABLE", `not merged yet: ${said}`);
    await sleep(AGAIN_AFTER_MS);
  }
}

/** Closes with a comment, and removes the branch; what is done already is left as it is. */
export async function close(http: GiteaHttp, repository: string, place: RoundPlace, text: string): Promise<void> {
  const path = `${repository}/pulls/${place.number}`;
  const { status, body } = await http.call("GET", path, { allow: [404] });
  const open = status !== 404 && fields(body, "pull request").state === "open";
  if (open) {
    await comment(http, repository, place, text);
    await http.call("PATCH", path, { body: { state: "closed" } });
  }
  await removeBranch(http, repository, place.branch);
}

export async function comment(http: GiteaHttp, repository: string, place: RoundPlace, text: string): Promise<void> {
  await http.call("POST", `${repository}/issues/${place.number}/comments`, { body: { body: text } });
}

async function removeBranch(http: GiteaHttp, repository: string, branch: string): Promise<void> {
  if (!branch.startsWith(BRANCH_PREFIX)) throw new ProviderError("UNEXPECTED", "not a branch of ours");
  // A rule that lets nobody but us push to our branches lets nobody delete them either; then it stays, and means nothing.
  await http.call("DELETE", `${repository}/branches/${encodePath(branch)}`, { allow: [403, 404] });
}

function why(answer: unknown): string {
  const message = answer === undefined ? undefined : (fields(answer, "refusal") as Fields).message;
  return JSON.stringify(typeof message === "string" ? message.slice(0, 300) : "no reason given");
}

function moved(place: RoundPlace): ProviderError {
  return new ProviderError("HEAD_MOVED", `pull request ${place.number} is not what was opened`);
}
