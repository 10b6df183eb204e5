import { generateKeyPairSync } from "node:crypto";
import { evaluate, type VerdictInput } from "../../../controller/approval/evaluate.ts";
import { createGitHubForge, type GitHubForgeOptions } from "../../../controller/approval/github/forge.ts";
import type { RoundContent } from "../../../controller/approval/provider.ts";
import type { Requirement, SeenReview, Standing, Verdict } from "../../../controller/approval/types.ts";
import { createDouble, type Person } from "./double.ts";

export const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
});
export const DIGEST = `sha256:${"deadbeef".repeat(8)}`;
export const BRANCH = "agent-safe/c1/u1/r1-deadbeefdead";

export const content: RoundContent = {
  ...{ branch: BRANCH, title: "[agent-safe] restart web", body: "what is asked", message: "request u1" },
  files: [{ path: "requests/c1/default/web/envelope.json", content: '{"v":1}' }],
  ...{ labels: ["risk/high"], reviewers: { users: ["1"], teams: ["acme/sre"] } },
};

export const requirement: Requirement = {
  ...{ require: [{ count: 1, teams: ["acme/sre"], minPermission: "write" }], denyCount: 1, confirmDigest: false },
  reasonFits: () => true,
};

/** A forge in front of a repository with ann and bob of team acme/sre, and eve, who may merely write. */
export function setUp(changes: Partial<GitHubForgeOptions> = {}) {
  const clock = { now: Date.parse("2026-11-23T12:00:00Z") };
  const { world, fetch, openPull } = createDouble(clock);
  const person = (id: number, login: string, type: Person["type"] = "User") => {
    world.permissions.set(id, "write");
    return world.person({ id, login, type });
  };
  const people = { ann: person(1, "ann"), bob: person(2, "bob"), eve: person(3, "eve") };
  const sre = new Map<number, "active" | "pending">([
    [1, "active"],
    [2, "active"],
  ]);
  world.teams.set("acme/sre", sre);
  const slept: number[] = [];
  const options: GitHubForgeOptions = {
    ...{ baseUrl: "https://github.example/api/v3/", owner: "acme", repo: "approvals", baseBranch: "main" },
    auth: { app: { appId: "12", installationId: 34, privateKey } },
    now: () => clock.now,
    sleep: async (ms) => {
      slept.push(ms);
      clock.now += ms;
    },
    fetch,
    ...changes,
  };
  const forge = createGitHubForge(options);

  async function open() {
    const place = await forge.ensureRound(content);
    /** Reads the round and judges it, as the controller does. */
    async function verdict(input: Partial<VerdictInput> = {}, seen: readonly SeenReview[] = []): Promise<Verdict> {
      const reading = await forge.read(place, { digest: DIGEST, openedAt: 0 });
      const standings = new Map<string, Standing>();
      for (const { reviewer } of reading.reviews) {
        standings.set(reviewer.userId, await forge.standing(reviewer.userId, ["acme/sre"]));
      }
      const { headSHA, treeSHA, repositoryId, baseBranch, number } = place;
      const round = { digest: DIGEST, headSHA, treeSHA, repositoryId, baseBranch, number };
      return evaluate({
        round: { ...round, deadline: clock.now + 3_600_000, seen },
        ...{ reading, requirement, standings, excluded: new Map(), self: (await forge.self()).userId, now: clock.now },
        ...input,
      });
    }
    const approve = (who: Person, body?: string) => world.review(place.number, who, "APPROVED", body);
    return { place, verdict, approve };
  }
  return { ...{ clock, world, forge, options, slept, open, openPull, fetch, sre, person }, ...people };
}
