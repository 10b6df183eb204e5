import { endpoint } from "@octokit/endpoint";
import type { Endpoints } from "@octokit/types";
import { GitHubError } from "./errors.ts";
import type { GitHubAnswer, GitHubTransport } from "./transport.ts";

/** How requests are signed. */
export interface Credential {
  /** Names it in the cache; changes with the identity, not with each token, and is no secret. */
  readonly key: string;
  /** Value of the header `authorization`. */
  authorization(): Promise<string>;
  /** Told when GitHub refused the last one. */
  forget(): void;
}

type Parameters<R extends keyof Endpoints> = Omit<
  Endpoints[R]["parameters"],
  "baseUrl" | "headers" | "mediaType" | "request"
>;
type Data<R extends keyof Endpoints> = Endpoints[R]["response"]["data"];
type Item<R extends keyof Endpoints> = Data<R> extends readonly (infer T)[] ? T : never;

/** GitHub's REST API by its routes, typed by its own description. */
export interface GitHubClient {
  call<R extends keyof Endpoints>(route: R, parameters: Parameters<R>): Promise<Data<R>>;
  /** Every page of a list. @throws GitHubError UNEXPECTED when there is no end to it */
  all<R extends keyof Endpoints>(route: R, parameters: Parameters<R>): Promise<Item<R>[]>;
}

export const PAGE_SIZE = 100;
/** No list that we read is longer by right. */
const MAX_PAGES = 100;

/** `baseUrl`: `https://api.github.com`, or `https://HOST/api/v3` of an Enterprise Server. */
export function createClient(baseUrl: string, transport: GitHubTransport, credential: Credential): GitHubClient {
  async function send(route: keyof Endpoints, parameters: object): Promise<GitHubAnswer> {
    const made = endpoint(route as string, { ...parameters, baseUrl });
    const request = { method: made.method, url: made.url, what: route, body: made.body || undefined };
    const sign = async () => ({ authorization: await credential.authorization(), credential: credential.key });
    try {
      return await transport.send({ ...request, ...(await sign()) });
    } catch (error) {
      // A token may be revoked before its time; whether it was the token shows with a new one. Nothing was done by a 401.
      if (!(error instanceof GitHubError) || error.status !== 401) throw error;
      credential.forget();
      return transport.send({ ...request, ...(await sign()) });
    }
  }

  return {
    async call(route, parameters) {
      const { body } = await send(route, parameters);
      return parse(route, body);
    },

    async all<R extends keyof Endpoints>(route: R, parameters: Parameters<R>): Promise<Item<R>[]> {
      const items: Item<R>[] = [];
      for (let page = 1; page <= MAX_PAGES; page++) {
        const { body, link } = await send(route, { ...parameters, per_page: PAGE_SIZE, page });
        const some: unknown = parse(route, body);
        if (!Array.isArray(some)) throw new GitHubError("UNEXPECTED", `GitHub's answer to ${route} is no list`, 200);
        items.push(...(some as Item<R>[]));
        // A proxy may swallow the header; a full page is reason enough to look for another.
        if (some.length < PAGE_SIZE && !/rel="next"/.test(link ?? "")) return items;
      }
      throw new GitHubError("UNEXPECTED", `GitHub's answer to ${route} does not end`, 200);
    },
  };
}

function parse<R extends keyof Endpoints>(route: R, body: string): Data<R> {
  if (body === "") return undefined as Data<R>;
  try {
    return JSON.parse(body) as Data<R>;
  } catch (cause) {
    throw new GitHubError("UNEXPECTED", `GitHub's answer to ${route} is no JSON`, 200, { cause });
  }
}
