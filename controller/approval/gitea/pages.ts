import { ProviderError } from "../provider.ts";
import { type Fields, list } from "./fields.ts";
import type { GiteaHttp } from "./http.ts";

/** What is asked for; a server may give fewer, so that a page that is not full is not yet the last. */
export const PAGE_SIZE = 50;
/** Whoever fills more pages than these makes a round that can't be read, and so is not approved. */
const MAX_PAGES = 200;

export interface PagesOptions {
  query?: Record<string, string | number>;
  /** So many empty pages are read past, for lists from which the server takes items out after it has cut the pages (0). */
  gaps?: number;
}

/** Every item of a list. @throws ProviderError */
export async function allPages(http: GiteaHttp, path: string, options: PagesOptions = {}): Promise<Fields[]> {
  const { query, gaps = 0 } = options;
  const items: Fields[] = [];
  let empty = 0;
  for (let page = 1; page <= MAX_PAGES; page++) {
    const { body } = await http.call("GET", path, { query: { ...query, page, limit: PAGE_SIZE } });
    const found = list(body, path);
    empty = found.length === 0 ? empty + 1 : 0;
    if (empty > gaps) return items;
    items.push(...found);
  }
  throw new ProviderError("UNEXPECTED", `GET ${path}: more than ${MAX_PAGES} pages`);
}
