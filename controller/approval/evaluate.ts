import { violation } from "./integrity.ts";
import { belongs, emptyPlaces } from "./matching.ts";
import type { Requirement, Review, Reviewer, Round, RoundReading, Standing, Verdict, Vote } from "./types.ts";

/** What a verdict is made of. Nothing else goes in: the same input gives the same verdict, whenever and how often it is asked. */
export interface VerdictInput {
  round: Round;
  reading: RoundReading;
  requirement: Requirement;
  /** Standing of everybody who reviewed, by user id; who is missing has none. */
  standings: ReadonlyMap<string, Standing>;
  /** Who may not approve, by user id, with the reason: the requester's chain, owners of the agent, the policy's author. */
  excluded: ReadonlyMap<string, string>;
  /** The controller's own user id at the provider. */
  self: string;
  /** Set when nobody is known to own the agent and policy does not say that this is no obstacle. */
  obstacle?: string;
  /** Epoch ms, our clock. */
  now: number;
}

/** How much of the digest a review must repeat where policy asks for it. */
const CONFIRM_LENGTH = 8;

/** Judges a round by one fresh reading of it. Pure. */
export function evaluate(input: VerdictInput): Verdict {
  const { round, reading, requirement, standings, now } = input;
  const latest = latestReviews(reading.reviews);
  const votes = latest.map((review) => vote(review, input));
  const why = violation(round, reading, input.self);
  if (why !== undefined) return { kind: "Void", why, votes };
  // Whoever says no has said no: that a poll came late must not make it unsaid.
  const against = distinct(reading.reviews.filter((review) => denies(review, input)).map(({ reviewer }) => reviewer));
  if (against.length >= requirement.denyCount) return { kind: "Denied", by: against, why: "changes requested", votes };
  if (reading.state === "closed") {
    if (reading.closedBy?.userId === input.self) return { kind: "Void", why: "the controller had closed it", votes };
    return { kind: "Denied", by: reading.closedBy ? [reading.closedBy] : [], why: "closed without merging", votes };
  }
  if (now >= round.deadline) return { kind: "Expired", votes };
  const approving = votes.filter(({ verdict, counted }) => verdict === "approve" && counted);
  const users = approving.map(({ userId }) => userId);
  const empty = emptyPlaces(requirement.require, users, (group, user) => belongs(group, user, standings.get(user)));
  const missing = empty.reduce((sum, count) => sum + count, 0);
  const approvers = approving.map(({ userId, login }) => ({ userId, login }));
  if (input.obstacle === undefined) {
    if (requirement.require.length > 0 && missing === 0) {
      return { kind: "Approved", approvers, votes, breakGlass: false };
    }
    const alone = approving.filter(({ userId }) => inBreakGlass(userId, input));
    if (alone.length > 0) {
      return {
        kind: "Approved",
        approvers: alone.map(({ userId, login }) => ({ userId, login })),
        votes,
        breakGlass: true,
      };
    }
  }
  const message = input.obstacle ?? `${missing} more ${missing === 1 ? "person" : "people"} must approve`;
  return { kind: "Pending", message, votes, mergedWithoutApproval: reading.state === "merged" };
}

/** The newest review of each person that says yes or no, or was dismissed; comments say neither. */
function latestReviews(reviews: readonly Review[]): Review[] {
  const latest = new Map<string, Review>();
  for (const review of reviews) {
    if (review.state === "COMMENTED" || review.state === "PENDING") continue;
    const known = latest.get(review.reviewer.userId);
    // Of two at one time the later in the list is the newer.
    if (known === undefined || review.submittedAt >= known.submittedAt) latest.set(review.reviewer.userId, review);
  }
  return [...latest.values()];
}

function vote(review: Review, input: VerdictInput): Vote {
  const { reviewer, commit, submittedAt, state } = review;
  const verdict = state === "APPROVED" ? "approve" : state === "CHANGES_REQUESTED" ? "deny" : "none";
  const reason =
    verdict === "none" ? "dismissed" : verdict === "deny" ? denialFlaw(review, input) : flaw(review, input);
  return {
    ...{ reviewId: review.id, userId: reviewer.userId, login: reviewer.login, verdict, counted: reason === undefined },
    ...(reason === undefined ? {} : { reason }),
    ...{ commit, at: submittedAt },
  };
}

/** Why an approval does not count. */
function flaw(review: Review, input: VerdictInput): string | undefined {
  const { round, reading, requirement, excluded, self } = input;
  const { reviewer, commit, submittedAt, text } = review;
  if (reviewer.bot === true || reviewer.userId === self) return "not a person";
  const exclusion = excluded.get(reviewer.userId);
  if (exclusion !== undefined) return exclusion;
  if (reading.contributors.includes(reviewer.userId)) return "wrote or pushed what is reviewed";
  if (commit !== round.headSHA) return "about another commit";
  if (!(submittedAt > reading.openedAt)) return "older than the round";
  if (!mayVote(reviewer.userId, input)) return "not among those who may approve";
  if (requirement.confirmDigest && !confirms(text, round.digest)) {
    return `does not repeat the first ${CONFIRM_LENGTH} characters of the digest`;
  }
  if (!requirement.reasonFits(text)) return "its text is not what policy asks for";
  return undefined;
}

/** Why a denial does not count. Whoever may not approve for being too near to the agent may still say no. */
function denialFlaw({ reviewer }: Review, input: VerdictInput): string | undefined {
  if (reviewer.bot === true || reviewer.userId === input.self) return "not a person";
  return mayVote(reviewer.userId, input) ? undefined : "not among those who may deny";
}

function denies(review: Review, input: VerdictInput): boolean {
  return review.state === "CHANGES_REQUESTED" && denialFlaw(review, input) === undefined;
}

function mayVote(userId: string, input: VerdictInput): boolean {
  const standing = input.standings.get(userId);
  return input.requirement.require.some((group) => belongs(group, userId, standing)) || inBreakGlass(userId, input);
}

function inBreakGlass(userId: string, { requirement, standings }: VerdictInput): boolean {
  const teams = standings.get(userId)?.teams;
  return teams !== undefined && requirement.breakGlassTeams?.some((team) => teams.has(team)) === true;
}

function confirms(text: string, digest: string): boolean {
  const hex = digest.replace(/^sha256:/, "");
  return text.toLowerCase().includes(hex.slice(0, CONFIRM_LENGTH));
}

function distinct(reviewers: readonly Reviewer[]): Reviewer[] {
  return [...new Map(reviewers.map((reviewer) => [reviewer.userId, reviewer])).values()];
}
