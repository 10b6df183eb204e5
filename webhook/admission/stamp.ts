import type { PatchOperation } from "./response.ts";
import { isRecord, type UserInfo } from "./review.ts";

/**
 * The patch that names the requester. A requester that is already there is left alone: whether it is the truth is for
 * the ValidatingAdmissionPolicy to judge, which holds without this server; the guard's canary needs to see it judge.
 */
export function stampRequester(spec: unknown, user: UserInfo): PatchOperation[] {
  if (!isRecord(spec) || spec.requester !== undefined) return [];
  return [{ op: "add", path: "/spec/requester", value: requesterOf(user) }];
}

/** The authenticated user in the shape of `spec.requester`; what the user doesn't have is left out. */
export function requesterOf(user: UserInfo): Record<string, unknown> {
  return {
    username: user.username,
    ...(user.uid ? { uid: user.uid } : {}),
    ...(user.groups && user.groups.length > 0 ? { groups: user.groups } : {}),
    ...(user.extra && Object.keys(user.extra).length > 0 ? { extra: user.extra } : {}),
  };
}
