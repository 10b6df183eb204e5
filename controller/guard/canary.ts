import type { KubeClient } from "../runtime/client.ts";
import { isKubeError, messageOf } from "../runtime/errors.ts";
import type { CheckOptions } from "./compare.ts";
import { type Finding, isAnswer } from "./finding.ts";

/**
 * A forgery that one policy alone must refuse. It is sent as a dry run, so that nothing is written even when it is accepted.
 * It breaks no rule but that policy's: the API server names only the first policy that refuses.
 */
export interface Canary {
  readonly name: string;
  /** The ValidatingAdmissionPolicy (and its binding) that has to refuse it. */
  readonly policy: string;
  /** Rejects with the refusal. Resolves to `nothing` when there is no object to try it on yet, else to `accepted`. */
  send(client: KubeClient, options: CheckOptions): Promise<"accepted" | "nothing">;
}

/**
 * The beginning of a refusal is the API server's own text up to `denied request`. What another plugin lets a webhook say comes
 * after `admission webhook "…" denied the request`, and so can't be taken for it.
 */
const refusal =
  /^[A-Z]+ \S+: \d{3}: [a-z0-9.-]+ "[^"]*" is forbidden: ValidatingAdmissionPolicy '([^']+)' with binding '([^']+)' denied request: /;

/** The name of the policy that refused, if it was a policy of which the binding has the same name. */
export function refusingPolicy(error: unknown): string | undefined {
  if (!isKubeError(error)) return undefined;
  const match = refusal.exec(error.message);
  return match && match[1] === match[2] ? match[1] : undefined;
}

/** Sends the canary; says what is wrong, or undefined when the right policy refused it. */
export async function tryCanary(
  client: KubeClient,
  canary: Canary,
  options: CheckOptions,
): Promise<Finding | undefined> {
  const what = `the canary "${canary.name}"`;
  try {
    const outcome = await canary.send(client, options);
    if (outcome === "nothing") return undefined;
    return { text: `${what} was accepted: policy ${canary.policy} does not hold`, seen: true };
  } catch (error) {
    if (refusingPolicy(error) === canary.policy) return undefined;
    if (!isAnswer(error)) return { text: `${what} could not be tried: ${messageOf(error)}`, seen: false };
    return { text: `${what} was refused, but not by policy ${canary.policy}: ${messageOf(error)}`, seen: true };
  }
}
