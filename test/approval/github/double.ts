import { createHash } from "node:crypto";
import { checkAnswer, checkRequest, complete } from "./description.ts";
import { operations } from "./operations.ts";

export interface Person {
  id: number;
  login: string;
  type: "User" | "Bot";
}
type Files = Readonly<Record<string, string>>;
interface Commit {
  sha: string;
  tree: string;
  parents: string[];
  author: Person;
  message: string;
}
interface DoubleReview {
  id: number;
  /** Nobody's, once the account is gone. */
  user: Person | null;
  state: string;
  commit_id: string;
  submitted_at: string;
  body: string;
}
interface Pull {
  number: number;
  user: Person;
  branch: string;
  base: string;
  headRepository: number;
  state: "open" | "closed";
  merged?: Person;
  draft: boolean;
  created: string;
  updated: string;
  reviews: DoubleReview[];
  events: { event: string; actor: Person; sha?: string }[];
  title: string;
}
/** Bodies of all requests in one; each was held against the description before. */
interface Body {
  ref: string;
  sha: string;
  message: string;
  parents: string[];
  base_tree: string;
  tree: string & { path: string; content: string }[];
  body: string;
  head: string;
  base: string;
  title: string;
}
interface Answer {
  status: number;
  data?: unknown;
}

/** A repository at GitHub that remembers what is done to it, with GitHub's ways; every exchange is held against its description. */
export function createDouble(clock: { now: number }) {
  const trees = new Map<string, Files>();
  const commits = new Map<string, Commit>();
  const refs = new Map<string, string>();
  const pulls: Pull[] = [];
  const people = new Map<number, Person>();
  const app: Person = { id: 900, login: "agent-safe[bot]", type: "Bot" };
  const world = {
    app,
    ...{ repositoryId: 5, private: true, teams: new Map<string, Map<number, "active" | "pending">>() },
    ...{ permissions: new Map<number, string>(), rules: new Map<string, unknown[]>(), statuses: [] as unknown[] },
    ...{ comments: [] as string[], log: [] as { method: string; path: string; status: number; auth: string }[] },
    /** What GitHub's primary limit leaves; a 304 takes nothing of it. */
    remaining: 5000,
    tokens: 0,
    /** Answers instead of GitHub, as long as it wants to. */
    intercept: undefined as ((method: string, path: string) => Promise<Response> | Response | undefined) | undefined,
    skewMs: 0,
    // What others do:
    ...{ person, push, review, dismiss, close, reopen, mergeBy, fork, pulls, refs, commits },
  };
  person(app);
  refs.set("main", commit(tree({ "README.md": "approvals" }), [], app, "begin"));

  const time = () => new Date(Math.floor(clock.now / 1000) * 1000).toISOString().replace(".000", "");
  const tick = () => {
    clock.now += 1000;
    return time();
  };
  function hash(kind: string, text: string): string {
    return createHash("sha1")
      .update(`${kind} ${Buffer.byteLength(text)}\0${text}`)
      .digest("hex");
  }
  function tree(files: Files): string {
    const sha = hash("tree", JSON.stringify(Object.entries(files).sort()));
    trees.set(sha, files);
    return sha;
  }
  function commit(treeSHA: string, parents: string[], author: Person, message: string): string {
    const sha = hash("commit", JSON.stringify([treeSHA, parents, author.id, message]));
    commits.set(sha, { sha, tree: treeSHA, parents, author, message });
    return sha;
  }
  function person(user: Person): Person {
    people.set(user.id, user);
    return user;
  }
  function get<K, V>(map: ReadonlyMap<K, V>, key: K): V {
    const found = map.get(key);
    if (found === undefined) throw new Error(`no ${String(key)}`);
    return found;
  }
  function pullAt(number: number): Pull {
    const found = pulls.find((pull) => pull.number === number);
    if (found === undefined) throw new Error(`no pull request ${number}`);
    return found;
  }
  const tip = (pull: Pull) => refs.get(pull.branch) ?? pull.events.findLast(({ sha }) => sha)?.sha ?? "";

  /** Moves a branch to a commit of somebody's: on top, or by force with another message; or back to a commit that there was. */
  function push(branch: string, by: Person, files: Files, options: { force?: boolean; to?: string } = {}): string {
    const before = get(commits, get(refs, branch));
    const parents = options.force ? before.parents : [before.sha];
    const made = tree({ ...trees.get(before.tree), ...files });
    const sha = options.to ?? commit(made, parents, by, options.force ? `${before.message} again` : "more");
    refs.set(branch, sha);
    for (const pull of pulls.filter((each) => each.branch === branch && each.state === "open")) {
      pull.updated = tick();
      const event = options.force || options.to ? "head_ref_force_pushed" : "committed";
      pull.events.push({ event, actor: by, ...(event === "committed" ? { sha } : {}) });
      // GitHub re-points reviews to the new head when the patch stays the same.
      if (get(commits, sha).tree === before.tree) for (const each of pull.reviews) each.commit_id = sha;
      if (event !== "committed") for (const each of pull.events) if (each.event === "committed") each.sha = sha;
    }
    return sha;
  }
  function review(number: number, user: Person, state: string, body = ""): DoubleReview {
    const pull = pullAt(number);
    const made = { id: clock.now % 1e9, user, state, commit_id: tip(pull), submitted_at: tick(), body };
    pull.reviews.push(made);
    pull.updated = time();
    return made;
  }
  function dismiss(number: number, id: number): void {
    const pull = pullAt(number);
    for (const each of pull.reviews) if (each.id === id) each.state = "DISMISSED";
    pull.updated = tick();
  }
  function close(number: number, actor: Person): void {
    const pull = pullAt(number);
    pull.state = "closed";
    pull.updated = tick();
    pull.events.push({ event: "closed", actor });
  }
  function reopen(number: number, actor: Person): void {
    const pull = pullAt(number);
    pull.state = "open";
    pull.updated = tick();
    pull.events.push({ event: "reopened", actor });
  }
  function mergeBy(number: number, actor: Person): string {
    const pull = pullAt(number);
    const files = { ...trees.get(get(commits, get(refs, pull.base)).tree), ...trees.get(get(commits, tip(pull)).tree) };
    const sha = commit(tree(files), [get(refs, pull.base)], actor, pull.title);
    refs.set(pull.base, sha);
    pull.merged = actor;
    pull.events.push({ event: "merged", actor });
    close(number, actor);
    return sha;
  }
  function fork(number: number): void {
    pullAt(number).headRepository = 77;
  }

  const user = (who: Person) => ({ ...who });
  const repository = (id: number) => ({ id, name: "approvals", full_name: "acme/approvals", private: world.private });
  const signature = { name: "x", email: "x@example.com", date: "2026-01-01T00:00:00Z" };
  function showPull(pull: Pull, schema: string) {
    return complete(schema, {
      ...{
        number: pull.number,
        state: pull.state,
        draft: pull.draft,
        title: pull.title,
        body: "",
        user: user(pull.user),
      },
      ...{ created_at: pull.created, updated_at: pull.updated, merged_at: null, labels: [] },
      ...{ html_url: `https://github.example/acme/approvals/pull/${pull.number}`, merged: pull.merged !== undefined },
      merged_by: pull.merged ? complete("simple-user", user(pull.merged)) : null,
      head: { ref: pull.branch, sha: tip(pull), repo: complete("repository", repository(pull.headRepository)) },
      base: { ref: pull.base, sha: get(refs, pull.base), repo: complete("repository", repository(world.repositoryId)) },
    });
  }
  function showGitCommit(sha: string): unknown {
    const { tree: treeSHA, parents, message } = get(commits, sha);
    const shown = { sha, message, author: signature, committer: signature, tree: { sha: treeSHA } };
    return complete("git-commit", { ...shown, parents: parents.map((parent) => ({ sha: parent })) });
  }
  function showEvent({ event, actor, sha }: Pull["events"][number], index: number): unknown {
    if (sha) return { ...(showGitCommit(sha) as object), event };
    return complete("state-change-issue-event", { id: index + 1, event, actor: user(actor), commit_id: null });
  }
  const ok = (data: unknown, status = 200): Answer => ({ status, data });
  const refuse = (status: number, message: string): Answer => ({
    status,
    data: complete(status === 422 ? "validation-error" : "basic-error", { message, status: String(status) }),
  });
  const gone = () => refuse(404, "Not Found");
  const ref = (branch: string) =>
    complete("git-ref", { ref: `refs/heads/${branch}`, object: { type: "commit", sha: get(refs, branch) } });

  type Handler = (p: Record<string, string>, body: Body, query: URLSearchParams) => Answer;
  const R = "/repos/{owner}/{repo}";
  const handlers: Record<string, Handler> = {
    "GET /app": () => ok(complete("integration", { slug: "agent-safe", owner: user(app) })),
    "GET /app/installations/{installation_id}": () =>
      ok(
        complete("installation", {
          ...{ account: complete("simple-user", user(app)), repository_selection: "all" },
          ...{ permissions: { contents: "write", administration: "write" }, target_type: "Organization" },
        }),
      ),
    "POST /app/installations/{installation_id}/access_tokens": () => {
      world.tokens += 1;
      const expires_at = new Date(clock.now + 3_600_000).toISOString();
      return ok({ token: `ghs_${world.tokens}`, expires_at, permissions: {}, repository_selection: "selected" }, 201);
    },
    "GET /user": () => ok(complete("public-user", user(app))),
    "GET /user/{account_id}": ({ account_id }) => {
      const found = people.get(Number(account_id));
      return found ? ok(complete("public-user", user(found))) : gone();
    },
    "GET /users/{username}": ({ username }) => {
      const found = [...people.values()].find(({ login }) => login === username);
      return found ? ok(complete("public-user", user(found))) : gone();
    },
    "GET /orgs/{org}/teams/{team_slug}/memberships/{username}": ({ org, team_slug, username }) => {
      const member = [...people.values()].find(({ login }) => login === username);
      const state = world.teams.get(`${org}/${team_slug}`)?.get(member?.id ?? 0);
      return state ? ok(complete("team-membership", { state, role: "member" })) : gone();
    },
    [`GET ${R}`]: () => ok(complete("full-repository", { ...repository(world.repositoryId), archived: false })),
    [`GET ${R}/branches/{branch}`]: ({ branch }) =>
      ok(complete("branch-with-protection", { name: branch, protected: false })),
    [`GET ${R}/collaborators/{username}/permission`]: ({ username }) => {
      const found = [...people.values()].find(({ login }) => login === username);
      if (!found) return gone();
      const role_name = world.permissions.get(found.id) ?? "read";
      const shown = complete("nullable-collaborator", { ...user(found), role_name });
      return ok({ permission: role_name === "maintain" ? "write" : role_name, role_name, user: shown });
    },
    [`GET ${R}/compare/{basehead}`]: ({ basehead = "" }) => {
      const [from = "", to = ""] = basehead.split("...");
      const before = get(trees, get(commits, from).tree);
      const files = Object.entries(get(trees, get(commits, to).tree)).filter(([path, text]) => before[path] !== text);
      const shown = files.map(([filename, text]) =>
        complete("diff-entry", {
          filename,
          sha: hash("blob", text),
          status: filename in before ? "modified" : "added",
        }),
      );
      return ok(complete("commit-comparison", { files: shown, total_commits: 1 }));
    },
    [`GET ${R}/contents/{path}`]: ({ path = "" }, _, query) => {
      const text = get(trees, get(commits, query.get("ref") ?? "").tree)[path];
      if (text === undefined) return gone();
      return ok(
        complete("content-file", { type: "file", path, sha: hash("blob", text), content: "", encoding: "base64" }),
      );
    },
    [`GET ${R}/git/commits/{commit_sha}`]: ({ commit_sha = "" }) => ok(showGitCommit(commit_sha)),
    [`POST ${R}/git/commits`]: (_, { message, tree: treeSHA, parents }) =>
      ok(showGitCommit(commit(treeSHA, parents, app, message)), 201),
    [`GET ${R}/git/ref/{ref}`]: ({ ref: name = "" }) => {
      const branch = name.replace(/^heads\//, "");
      return refs.has(branch) ? ok(ref(branch)) : gone();
    },
    [`POST ${R}/git/refs`]: (_, body) => {
      const branch = String(body.ref).replace("refs/heads/", "");
      if (refs.has(branch)) return refuse(422, "Reference already exists");
      refs.set(branch, body.sha);
      return ok(ref(branch), 201);
    },
    [`PATCH ${R}/git/refs/{ref}`]: ({ ref: name = "" }, body) => {
      const branch = name.replace(/^heads\//, "");
      if (!get(commits, body.sha).parents.includes(get(refs, branch)))
        return refuse(422, "Update is not a fast forward");
      refs.set(branch, body.sha);
      return ok(ref(branch));
    },
    [`DELETE ${R}/git/refs/{ref}`]: ({ ref: name = "" }) => {
      const branch = name.replace(/^heads\//, "");
      for (const pull of pulls) if (pull.branch === branch) pull.events.push({ event: "head_ref_deleted", actor: app });
      return refs.delete(branch) ? { status: 204 } : refuse(422, "Reference does not exist");
    },
    [`POST ${R}/git/trees`]: (_, body) => {
      const added = body.tree.map(({ path, content }) => [path, content]);
      const sha = tree({ ...get(trees, body.base_tree), ...Object.fromEntries(added) });
      return ok(complete("git-tree", { sha, truncated: false, tree: [] }), 201);
    },
    [`POST ${R}/issues/{issue_number}/comments`]: (_, { body }) => {
      world.comments.push(body);
      return ok(complete("issue-comment", { body, user: complete("simple-user", user(app)) }), 201);
    },
    [`POST ${R}/issues/{issue_number}/labels`]: () => ok([]),
    [`GET ${R}/issues/{issue_number}/timeline`]: ({ issue_number }) =>
      ok(pullAt(Number(issue_number)).events.map(showEvent)),
    [`GET ${R}/pulls`]: (_, __, query) => {
      const branch = query.get("head")?.split(":")[1];
      const wanted = pulls.filter((pull) => !branch || pull.branch === branch);
      const open = wanted.filter(({ state }) => query.get("state") === "all" || state === "open");
      return ok(open.map((pull) => showPull(pull, "pull-request-simple")));
    },
    [`POST ${R}/pulls`]: (_, body) => {
      if (pulls.some((pull) => pull.branch === body.head && pull.state === "open"))
        return refuse(422, "A pull request already exists");
      return ok(showPull(openPull(app, body.head, body.base, body.title), "pull-request"), 201);
    },
    [`GET ${R}/pulls/{pull_number}`]: ({ pull_number }) => ok(showPull(pullAt(Number(pull_number)), "pull-request")),
    [`PATCH ${R}/pulls/{pull_number}`]: ({ pull_number }) => {
      close(Number(pull_number), app);
      return ok(showPull(pullAt(Number(pull_number)), "pull-request"));
    },
    [`GET ${R}/pulls/{pull_number}/commits`]: ({ pull_number }) => {
      const pull = pullAt(Number(pull_number));
      const made: unknown[] = [];
      for (let at = commits.get(tip(pull)); at && at.sha !== get(refs, pull.base) && at.parents.length > 0; ) {
        made.unshift(
          complete("commit", {
            sha: at.sha,
            author: user(at.author),
            committer: null,
            commit: { tree: { sha: at.tree } },
          }),
        );
        at = commits.get(at.parents[0] ?? "");
      }
      return ok(made);
    },
    [`PUT ${R}/pulls/{pull_number}/merge`]: ({ pull_number }, body) => {
      const pull = pullAt(Number(pull_number));
      if (pull.state !== "open") return refuse(405, "Pull Request is not mergeable");
      if (body.sha !== undefined && body.sha !== tip(pull))
        return refuse(409, "Head branch was modified. Review and try the merge again.");
      return ok({ sha: mergeBy(pull.number, app), merged: true, message: "merged" });
    },
    [`POST ${R}/pulls/{pull_number}/requested_reviewers`]: ({ pull_number }) =>
      ok(showPull(pullAt(Number(pull_number)), "pull-request-simple"), 201),
    [`GET ${R}/pulls/{pull_number}/reviews`]: ({ pull_number }) =>
      ok(
        pullAt(Number(pull_number)).reviews.map((each) =>
          complete("pull-request-review", { ...each, user: each.user && user(each.user) }),
        ),
      ),
    [`GET ${R}/rules/branches/{branch}`]: ({ branch = "" }) =>
      ok(world.rules.get(branch.startsWith("agent-safe/") ? "agent-safe/**" : branch) ?? []),
    [`POST ${R}/statuses/{sha}`]: (_, body) => {
      world.statuses.push(body);
      return ok(complete("status", { ...body, creator: complete("simple-user", user(app)) }), 201);
    },
  };

  function openPull(by: Person, branch: string, base: string, title: string): Pull {
    const pull: Pull = {
      ...{ number: pulls.length + 1, user: by, branch, base, title, headRepository: world.repositoryId, state: "open" },
      ...{ draft: false, created: tick(), updated: time(), reviews: [] },
      events: [{ event: "committed", actor: by, sha: get(refs, branch) }],
    };
    pulls.push(pull);
    return pull;
  }

  const routes = operations.map((route) => {
    const [method = "", path = ""] = route.split(" ");
    const rest = /\{(ref|path|branch)\}$/.test(path);
    const pattern = path.replace(/\{(\w+)\}/g, (_, name, offset: number) =>
      rest && offset + name.length + 2 === path.length ? `(?<${name}>.+)` : `(?<${name}>[^/]+)`,
    );
    return { route, method, path, pattern: new RegExp(`^/api/v3${pattern}$`) };
  });

  /** What the description does not allow must not pass for a failure of the network: it fails the whole file. */
  function described(check: () => void): void {
    try {
      check();
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
      throw error;
    }
  }

  /** GitHub, as the adapter meets it. */
  const fetchDouble = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const { method = "GET" } = init;
    const url = new URL(String(input));
    const headers = new Headers(init.headers);
    const date = new Date(clock.now + world.skewMs).toUTCString();
    const found = routes.find((each) => each.method === method && each.pattern.test(url.pathname));
    const record = (status: number) =>
      world.log.push({ method, path: found?.path ?? url.pathname, status, auth: headers.get("authorization") ?? "" });
    const other = await world.intercept?.(method, url.pathname);
    init.signal?.throwIfAborted();
    if (other) {
      record(other.status);
      return other;
    }
    if (!found) throw new Error(`${method} ${url.pathname} is not known`);
    const raw = found.pattern.exec(url.pathname)?.groups ?? {};
    const parameters = Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, decodeURIComponent(value)]));
    const body = typeof init.body === "string" ? JSON.parse(init.body) : {};
    described(() => checkRequest(method, found.path, url.searchParams, init.body ? body : undefined));
    const handler = get(new Map(Object.entries(handlers)), found.route);
    const { status, data } = handler(parameters, body, url.searchParams);
    described(() => checkAnswer(method, found.path, status, data));
    let shown = data;
    const size = Number(url.searchParams.get("per_page") ?? 30);
    const page = Number(url.searchParams.get("page") ?? 1);
    const out = new Headers({ date });
    if (Array.isArray(data)) {
      shown = data.slice((page - 1) * size, page * size);
      if (page * size < data.length) out.set("link", `<${url.origin}/next>; rel="next"`);
    }
    const text = shown === undefined ? null : JSON.stringify(shown);
    const etag = `W/"${createHash("sha1")
      .update(`${headers.get("authorization")}${text}`)
      .digest("hex")}"`;
    if (method === "GET" && headers.get("if-none-match") === etag) {
      record(304);
      return new Response(null, { status: 304, headers: out });
    }
    if (world.remaining <= 0) {
      record(403);
      out.set("x-ratelimit-remaining", "0");
      out.set("x-ratelimit-reset", String(Math.ceil(clock.now / 1000) + 120));
      return new Response(JSON.stringify({ message: "API rate limit exceeded" }), { status: 403, headers: out });
    }
    world.remaining -= 1;
    if (method === "GET" && status === 200) out.set("etag", etag);
    record(status);
    return new Response(text, { status, headers: out });
  };
  return { world, fetch: fetchDouble, openPull };
}
