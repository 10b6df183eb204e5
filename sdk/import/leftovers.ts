/** Annotation with what a project says and our kinds have no place for, as JSON. */
export const LEFTOVERS_ANNOTATION = "agentsafe.dev/imported";

/** Collects what has no place, to be kept beside the object. */
export class Leftovers {
  readonly #kept: Record<string, unknown> = {};

  keep(key: string, value: unknown): void {
    this.#kept[key] = value;
  }

  /** The annotation, or nothing when nothing is left over. */
  annotations(): { annotations?: Record<string, string> } {
    if (Object.keys(this.#kept).length === 0) return {};
    return { annotations: { [LEFTOVERS_ANNOTATION]: JSON.stringify(this.#kept) } };
  }
}

/** Names that rules of a policy had, by the names that they have now. */
export function formerNames(policy: { metadata: { annotations?: Record<string, string> } }): Record<string, string> {
  const text = policy.metadata.annotations?.[LEFTOVERS_ANNOTATION];
  return text === undefined ? {} : (JSON.parse(text) as { names: Record<string, string> }).names;
}
