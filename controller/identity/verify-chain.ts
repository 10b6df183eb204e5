import { ENVIRONMENTS, SENSITIVITIES } from "../api/vocabulary.ts";
import { show } from "../policy/field-error.ts";
import { globProblem } from "../policy/glob.ts";
import type { DelegationScope } from "../policy/types.ts";
import { MAX_DELEGATION_DEPTH } from "./delegation-chain.ts";
import { IdentityError } from "./identity-error.ts";
import { MAX_NAME_LENGTH, MAX_NAMES, MAX_RECEIVER_LENGTH, RECEIVER_PATTERN } from "./token-format.ts";
import type { IdentityLink } from "./verify-identity.ts";

/** What the last link of a chain must fit. Times in epoch ms. */
interface Holder {
  subject: string;
  tokenId: string;
  roles: readonly string[];
  groups: readonly string[];
  issuedAt: number;
  expiresAt: number;
}

/**
 * Reads the chain of a delegation token and checks every link against the one before: named under it, with no role or group
 * more, ending no later; and no deeper than the root said. Throws IdentityError that names the link.
 */
export function readChain(value: unknown, holder: Holder): { maxDepth: number; chain: IdentityLink[] } {
  const { maxDepth, chain, ...rest } = record(value, "delegation");
  unknownKeys(rest, "delegation");
  if (typeof maxDepth !== "number" || !Number.isInteger(maxDepth) || maxDepth < 1 || maxDepth > MAX_DELEGATION_DEPTH)
    throw new IdentityError(
      "BAD_CLAIM",
      `delegation.maxDepth: must be 1 to ${MAX_DELEGATION_DEPTH}, not ${show(maxDepth)}`,
    );
  if (!Array.isArray(chain) || chain.length === 0)
    throw new IdentityError("BAD_CLAIM", "delegation.chain: must name who lent, the root first");
  if (chain.length > maxDepth)
    throw new IdentityError("TOO_DEEP", `the chain has ${chain.length} links, and its root allows ${maxDepth}`);
  const links = chain.map((link, i) => readLink(link, `delegation.chain[${i}]`));
  const ids = new Set<string>();
  for (const [i, link] of links.entries()) {
    checkStep(link, links[i + 1] ?? holder, i);
    ids.add(link.tokenId);
  }
  if (ids.has(holder.tokenId) || ids.size < links.length)
    throw new IdentityError("CHAIN_BROKEN", "two tokens of the chain have one id");
  const last = links.at(-1);
  if (last !== undefined && holder.issuedAt !== last.at)
    throw new IdentityError("CHAIN_BROKEN", "the token was not issued when its last link lent");
  return { maxDepth, chain: links };
}

function readLink(value: unknown, path: string): IdentityLink {
  const { sub, jti, exp, roles, groups, scope, at, ...rest } = record(value, path);
  unknownKeys(rest, path);
  return {
    subject: text(sub, `${path}.sub`, 512),
    tokenId: text(jti, `${path}.jti`, 128),
    roles: names(roles, `${path}.roles`),
    groups: names(groups, `${path}.groups`),
    ...(scope !== undefined && { scope: readScope(scope, `${path}.scope`) }),
    expiresAt: seconds(exp, `${path}.exp`) * 1000,
    at: seconds(at, `${path}.at`) * 1000,
  };
}

/** What a link got must be no more than what the one before it held. */
function checkStep(from: IdentityLink, to: IdentityLink | Holder, i: number): void {
  const broken = (message: string) =>
    new IdentityError("CHAIN_BROKEN", `link ${i + 1} of the chain, from ${show(from.subject)}: ${message}`);
  const prefix = `${from.subject}/`;
  if (!to.subject.startsWith(prefix) || !isReceiver(to.subject.slice(prefix.length)))
    throw broken(`${show(to.subject)} is not named under it`);
  for (const what of ["roles", "groups"] as const) {
    const extra = to[what].filter((name) => !from[what].includes(name));
    if (extra.length > 0) throw broken(`${what} that it had not: ${extra.map(show).join(", ")}`);
  }
  if (to.expiresAt > from.expiresAt) throw broken("what it lent ends later than its own");
  const lentAt = "at" in to ? to.at : to.issuedAt;
  if (lentAt < from.at || from.at >= from.expiresAt) throw broken("it lent at a time when it could not");
}

/** Whether a text can be the name of a receiver under the one who lends. */
export function isReceiver(name: string): boolean {
  return name.length <= MAX_RECEIVER_LENGTH && RECEIVER_PATTERN.test(name);
}

/** What was lent, with the bounds that a Delegation has. Throws IdentityError `BAD_CLAIM`. */
export function readScope(value: unknown, path: string): DelegationScope {
  const { actions, targets, ...rest } = record(value, path);
  unknownKeys(rest, path);
  return {
    ...(actions !== undefined && { actions: globs(actions, `${path}.actions`) }),
    ...(targets !== undefined && { targets: readTargets(targets, `${path}.targets`) }),
  };
}

function readTargets(value: unknown, path: string): NonNullable<DelegationScope["targets"]> {
  const { ids, environments, sensitivities, types, labels, ...rest } = record(value, path);
  unknownKeys(rest, path);
  // Not by assignment: a label named __proto__ would vanish, and with it what it narrows.
  const texts = Object.fromEntries(
    Object.entries(labels === undefined ? {} : record(labels, `${path}.labels`)).map(([key, label]) => [
      key,
      text(label, `${path}.labels`, 253),
    ]),
  );
  return {
    ...(ids !== undefined && { ids: globs(ids, `${path}.ids`) }),
    ...(environments !== undefined && { environments: oneOf(environments, `${path}.environments`, ENVIRONMENTS) }),
    ...(sensitivities !== undefined && { sensitivities: oneOf(sensitivities, `${path}.sensitivities`, SENSITIVITIES) }),
    ...(types !== undefined && { types: names(types, `${path}.types`, 64) }),
    ...(labels !== undefined && { labels: texts }),
  };
}

function globs(value: unknown, path: string): string[] {
  const list = names(value, path, 64, 253);
  if (list.length === 0) throw new IdentityError("BAD_CLAIM", `${path}: must name something`);
  for (const glob of list) {
    const problem = globProblem(glob);
    if (problem !== undefined) throw new IdentityError("BAD_CLAIM", `${path}: ${show(glob)} ${problem}`);
  }
  return list;
}

function oneOf(value: unknown, path: string, known: readonly string[]): string[] {
  const list = names(value, path, known.length);
  const wrong = list.find((item) => !known.includes(item));
  if (wrong !== undefined)
    throw new IdentityError("BAD_CLAIM", `${path}: ${show(wrong)} is none of ${known.join(", ")}`);
  return list;
}

function record(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new IdentityError("BAD_CLAIM", `${path}: must be an object`);
  return value as Record<string, unknown>;
}

/** A claim that is not understood may have been meant to narrow. */
function unknownKeys(rest: Record<string, unknown>, path: string): void {
  const [key] = Object.keys(rest);
  if (key !== undefined) throw new IdentityError("BAD_CLAIM", `${path}: ${show(key)} is not known`);
}

/** A text that is not empty. */
export function text(value: unknown, path: string, longest: number): string {
  if (typeof value !== "string" || value === "" || value.length > longest)
    throw new IdentityError("BAD_CLAIM", `${path}: must be a text of 1 to ${longest} characters`);
  return value;
}

/** Whole seconds since the epoch, before the year 10000. */
export function seconds(value: unknown, path: string): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > 253_402_300_799)
    throw new IdentityError("BAD_CLAIM", `${path}: must be whole seconds since the epoch`);
  return value;
}

/** A list of texts, bounded. */
export function names(value: unknown, path: string, most = MAX_NAMES, longest = MAX_NAME_LENGTH): string[] {
  if (!Array.isArray(value) || value.length > most)
    throw new IdentityError("BAD_CLAIM", `${path}: must be a list of at most ${most} texts`);
  return value.map((item, i) => text(item, `${path}[${i}]`, longest));
}
