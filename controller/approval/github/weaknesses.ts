import { BRANCH_PREFIX } from "../names.ts";
import type { Weakness } from "../provider.ts";
import type { GitHubClient } from "./client.ts";
import type { RepositoryName } from "./commits.ts";
import { TOKEN_PERMISSIONS } from "./credential.ts";

export interface WeaknessOptions {
  client: GitHubClient;
  name: RepositoryName;
  baseBranch: string;
  /** The App itself, where there is one. */
  app?: { client: GitHubClient; installationId: number };
  skewMs: () => number | undefined;
}

/** More than this and times of ours and GitHub's can't be compared. */
const MAX_SKEW_MS = 60_000;

/** What protects the repository less than it could; verdicts don't rely on any of it. */
export async function weaknessesOf(options: WeaknessOptions): Promise<Weakness[]> {
  const { client, name, baseBranch, skewMs } = options;
  const repository = await client.call("GET /repos/{owner}/{repo}", name);
  const found: Weakness[] = [];
  const add = (code: string, message: string) => found.push({ code, message });
  if (!repository.private) add("REPOSITORY_PUBLIC", "the repository is public: make it private");
  if (repository.archived) add("REPOSITORY_ARCHIVED", "the repository is archived: nothing can be opened in it");
  found.push(...(await baseWeaknesses(client, name, baseBranch)), ...(await roundWeaknesses(client, name)));
  found.push(...(await credentialWeaknesses(options)));
  const skew = skewMs();
  if (skew !== undefined && Math.abs(skew) > MAX_SKEW_MS) {
    add("CLOCK_SKEW", `GitHub's clock and ours are ${Math.round(skew / 1000)} s apart: set ours right`);
  }
  return found;
}

async function baseWeaknesses(client: GitHubClient, name: RepositoryName, branch: string): Promise<Weakness[]> {
  const rules = await client.all("GET /repos/{owner}/{repo}/rules/branches/{branch}", { ...name, branch });
  const found: Weakness[] = [];
  const add = (code: string, message: string) => found.push({ code, message: `branch ${branch} ${message}` });
  const reviews = rules.flatMap((rule) => (rule.type === "pull_request" && rule.parameters ? [rule.parameters] : []));
  if (rules.length === 0) {
    const { protected: classic } = await client.call("GET /repos/{owner}/{repo}/branches/{branch}", {
      ...name,
      branch,
    });
    if (classic) add("PROTECTION_UNREAD", "is protected in the older way, which the App can't read: use a ruleset");
    else add("BASE_UNPROTECTED", "is not protected: add a ruleset");
    return found;
  }
  if (!reviews.some(({ required_approving_review_count }) => required_approving_review_count > 0)) {
    add("REVIEW_NOT_REQUIRED", "can be merged to without a review: require one");
  }
  if (!reviews.some(({ dismiss_stale_reviews_on_push }) => dismiss_stale_reviews_on_push)) {
    add("STALE_REVIEWS_KEPT", "keeps reviews after a push: dismiss stale reviews");
  }
  if (!rules.some(({ type }) => type === "non_fast_forward")) add("BASE_REWRITABLE", "can be force-pushed: block it");
  if (!rules.some(({ type }) => type === "deletion")) add("BASE_DELETABLE", "can be deleted: restrict deletions");
  return found;
}

/** Only the App should be able to make and move the branches of rounds. */
async function roundWeaknesses(client: GitHubClient, name: RepositoryName): Promise<Weakness[]> {
  const branch = `${BRANCH_PREFIX}any/any/r1-000000000000`;
  const rules = await client.all("GET /repos/{owner}/{repo}/rules/branches/{branch}", { ...name, branch });
  const missing = ["creation", "update", "deletion"].filter((wanted) => !rules.some(({ type }) => type === wanted));
  if (missing.length === 0) return [];
  const message = `branches ${BRANCH_PREFIX}** are open to others (${missing.join(", ")}): restrict these to the App by a ruleset`;
  return [{ code: "ROUND_BRANCHES_OPEN", message }];
}

async function credentialWeaknesses({ client, app }: WeaknessOptions): Promise<Weakness[]> {
  if (app === undefined) {
    const { type } = await client.call("GET /user", {});
    return type === "User"
      ? [
          {
            code: "TOKEN_OF_A_PERSON",
            message: "the token is a person's, who can merge and whose rights are wide: use an App",
          },
        ]
      : [];
  }
  const route = "GET /app/installations/{installation_id}";
  const { repository_selection, permissions } = await app.client.call(route, { installation_id: app.installationId });
  const found: Weakness[] = [];
  if (repository_selection === "all") {
    found.push({ code: "APP_OWNER_WIDE", message: "the App is installed for all repositories: select this one" });
  }
  const wide = Object.keys(permissions).filter(
    (permission) => !(permission in TOKEN_PERMISSIONS) && permission !== "checks",
  );
  if (wide.length > 0) {
    found.push({
      code: "APP_TOO_WIDE",
      message: `the App has more rights than it needs: take away ${wide.join(", ")}`,
    });
  }
  return found;
}
