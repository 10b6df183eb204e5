import { createHash } from "node:crypto";
import canonicalize from "canonicalize";

export type DigestErrorCode = "NOT_CANONICAL";

/** A value that has no canonical JSON, such as undefined, NaN, a function or a cycle. */
export class DigestError extends Error {
  readonly code: DigestErrorCode = "NOT_CANONICAL";
}

/** What a named object's digest covers: nothing that changes without a change of meaning. */
export interface NamedSpec {
  metadata: { name: string };
  spec: unknown;
}

/** Canonical JSON of a value (RFC 8785). Throws DigestError when it has none. */
export function canonicalJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = canonicalize(value);
  } catch (error) {
    throw new DigestError(`no canonical JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (text === undefined) throw new DigestError(`no canonical JSON of ${typeof value}`);
  return text;
}

/** `sha256:` and the hex SHA-256 of the value's canonical JSON. Throws DigestError when it has none. */
export function digest(value: unknown): string {
  return `sha256:${createHash("sha256").update(canonicalJson(value)).digest("hex")}`;
}

/** Digest of an Action, ActionPolicy, Target or Agent: of its name and its spec. */
export function objectDigest(object: NamedSpec): string {
  return digest({ name: object.metadata.name, spec: object.spec });
}

/** Digest of the parameters of a request, after defaults and bindings are filled in. */
export function paramsDigest(params: Readonly<Record<string, unknown>>): string {
  return digest(params);
}
