import { ProviderError, type RoundPlace } from "../provider.ts";
import { type Fields, fields, id, text } from "./fields.ts";
import type { GiteaHttp } from "./http.ts";

/** Segments of a path, each made safe; those of a branch or a file keep their slashes. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** The approvals repository, by the name that the provider's settings give. */
export interface Repository {
  /** Path of the API for the configured name. */
  readonly path: string;
  readonly base: string;
  /** What the server says of it now. */
  look(): Promise<Fields>;
  /** Path of the API for the repository in which a round was opened, whatever its name is by now. */
  pathOf(place: RoundPlace): Promise<string>;
  /** Path of the API for the name that a round's repository had when it was looked up last, else for the configured one. */
  current(): string;
}

/** @throws ProviderError UNEXPECTED for a name that is not `owner/name` */
export function openRepository(http: GiteaHttp, name: string, base: string): Repository {
  if (!/^[\w.-]+\/[\w.-]+$/.test(name)) throw new ProviderError("UNEXPECTED", "a repository is named owner/name");
  const path = `/repos/${encodePath(name)}`;
  let current = path;
  return {
    current: () => current,
    ...{ path, base },
    async look() {
      return fields((await http.call("GET", path)).body, "repository");
    },
    async pathOf({ repositoryId }) {
      if (!/^\d+$/.test(repositoryId)) throw new ProviderError("GONE", "the round has no repository");
      const found = fields((await http.call("GET", `/repositories/${repositoryId}`)).body, "repository");
      if (id(found, "id") !== repositoryId) throw new ProviderError("UNEXPECTED", "the server gave another repository");
      current = `/repos/${encodePath(text(found, "full_name"))}`;
      return current;
    },
  };
}
