import type { Weakness } from "../provider.ts";
import { isUserId, publicKey, type Signer, sharedKeys } from "./signers.ts";

/** What makes reviews in a plain repository weaker than they could be. */
export async function weaknessesOf(_url: string, signers: readonly Signer[]): Promise<Weakness[]> {
  const found: Weakness[] = [];
  if (signers.length === 0) {
    found.push({
      code: "NoSigners",
      message: "nobody can approve: list people and their public SSH keys in spec.git.signers",
    });
  }
  for (const { userId, keys } of signers) {
    if (!isUserId(userId)) found.push({ code: "BadUserId", message: `${userId} can't be part of a branch's name` });
    if (!keys.some((key) => publicKey(key) !== undefined)) {
      found.push({ code: "NoKey", message: `${userId} has no public SSH key that can be read` });
    }
  }
  if (sharedKeys(signers).length > 0) {
    found.push({
      code: "SharedKey",
      message: "one key is listed for several people: whose signature it is can't be told",
    });
  }
  return found;
}
