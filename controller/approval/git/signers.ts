import type { Permission, Standing } from "../types.ts";

/** Somebody whose signed reviews count, as the ApprovalProvider lists them. */
export interface Signer {
  /** Names the person, and is part of a branch's name. */
  userId: string;
  login?: string;
  /** Public SSH keys in the form of a `.pub` file. */
  keys: readonly string[];
  teams: readonly string[];
  permission: Permission;
}

/** A user id that is also a legal and unambiguous part of a branch's name. */
export function isUserId(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$/.test(text) && !text.includes("..") && !/(\.lock|\.)$/.test(text);
}

const KEY =
  /^((?:sk-)?(?:ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521))(?:@openssh\.com)?|rsa-sha2-512|ssh-rsa) ([A-Za-z0-9+/]+={0,2})(?: .*)?$/;

/** Kind and body of a public key without its comment; undefined when the text is none. */
export function publicKey(text: string): string | undefined {
  const [, kind, body] = KEY.exec(text.trim()) ?? [];
  return kind && body ? `${kind} ${body}` : undefined;
}

/** The file by which git checks signatures: only these keys, only for commits. */
export function allowedSigners(signers: readonly Signer[]): string {
  const lines = signers
    .filter(({ userId }) => isUserId(userId))
    .flatMap(({ userId, keys }) => keys.map((key) => [userId, publicKey(key)] as const))
    .filter(([, key]) => key !== undefined)
    .map(([userId, key]) => `${userId} namespaces="git" ${key}`);
  return `${lines.join("\n")}\n`;
}

/** What a signer is now. Nobody else is anything. */
export function standingOf(signers: readonly Signer[], userId: string): Standing {
  const signer = signers.find((one) => one.userId === userId);
  return { teams: new Set(signer?.teams ?? []), permission: signer?.permission ?? "none" };
}

/** Keys that more than one person lists: whose signature it is can't be told. */
export function sharedKeys(signers: readonly Signer[]): string[] {
  const owners = new Map<string, Set<string>>();
  for (const { userId, keys } of signers) {
    for (const key of keys.map(publicKey)) {
      if (key !== undefined) owners.set(key, (owners.get(key) ?? new Set()).add(userId));
    }
  }
  return [...owners].filter(([, users]) => users.size > 1).map(([key]) => key);
}
