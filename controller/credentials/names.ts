import { createHash } from "node:crypto";
import { credentialSecretName } from "../api/constants.ts";

const MAX_NAME = 63;
const HASH_LENGTH = 10;
const PREFIX = "act";

/**
 * The ServiceAccount for one Action in one namespace (`undefined`: cluster-scoped targets). A DNS label of at most 63
 * characters: readable parts, cut where too long, and a hash of the whole pair, so that no two pairs share a name.
 */
export function accountName(action: string, namespace: string | undefined): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([action, namespace ?? null]))
    .digest("hex")
    .slice(0, HASH_LENGTH);
  const room = MAX_NAME - PREFIX.length - HASH_LENGTH - 3;
  const place = namespace ?? "cluster";
  const placeLength = Math.min(place.length, Math.max(room >> 1, room - action.length));
  return [PREFIX, cut(action, room - placeLength), cut(place, placeLength), hash]
    .filter((part) => part !== "")
    .join("-");
}

/** The binding Secret of the look that recovery takes after a crash; never the one that acts. */
export function observerSecretName(requestUid: string, attempt: number): string {
  return `${credentialSecretName(requestUid, attempt)}-observe`;
}

function cut(text: string, length: number): string {
  return text.slice(0, Math.max(0, length)).replace(/[^a-z0-9]+$/, "");
}
