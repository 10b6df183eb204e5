import { id, list, time } from "./fields.ts";
import type { GiteaHttp } from "./http.ts";
import { PAGE_SIZE } from "./pages.ts";

/** The server writes times in whole seconds, and may be at work on one when it answers. */
const OVERLAP_MS = 2_000;
/** More than these pages of news are not cheaper than reading everything. */
const MAX_PAGES = 5;

/** Tells which pull requests were touched since it was asked last; the first time, and whenever in doubt, all. */
export function createChanges(http: GiteaHttp, repository: string): () => Promise<ReadonlySet<number> | "all"> {
  let since: number | undefined;
  return async () => {
    const news = new Set<number>();
    const from = since;
    let asked: number | undefined;
    for (let page = 1; page <= MAX_PAGES; page++) {
      const query = { state: "all", sort: "recentupdate", limit: PAGE_SIZE, page };
      const { body, date } = await http.call("GET", `${repository}/pulls`, { query });
      if (page === 1) asked = date;
      if (from === undefined) break;
      const pulls = list(body, "pull requests");
      const recent = pulls.filter((pull) => time(pull, "updated_at") >= from - OVERLAP_MS);
      for (const pull of recent) news.add(Number(id(pull, "number")));
      if (recent.length < pulls.length || pulls.length === 0) {
        since = asked;
        return news;
      }
    }
    since = asked;
    return "all";
  };
}
