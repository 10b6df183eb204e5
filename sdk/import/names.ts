/** Gives each of many texts a name of its own in a narrower alphabet, always the same one for the same text. */
export class Names {
  readonly #given = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #slug: (text: string) => string;

  constructor(slug: (text: string) => string) {
    this.#slug = slug;
  }

  /** The name of a text. Texts that would have one name get a number behind it, in the order in which they come. */
  of(text: string): string {
    const known = this.#given.get(text);
    if (known !== undefined) return known;
    const name = this.next(text);
    this.#given.set(text, name);
    return name;
  }

  /** A name that nothing has yet, also when the same text comes again. */
  next(text: string): string {
    const base = this.#slug(text);
    let name = base;
    for (let n = 2; this.#taken.has(name); n++) name = `${base}-${n}`;
    this.#taken.add(name);
    return name;
  }
}

/** Lower case letters, digits and single hyphens, at most 50 of them, so that a number still fits behind. */
export function slug(text: string, fallback = "unnamed"): string {
  const plain = text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 50)
    .replace(/^-+|-+$/g, "");
  return plain === "" ? fallback : plain;
}

/** A name of a rule: what fits stays as it is. */
export function ruleSlug(text: string): string {
  const plain = text
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .slice(0, 100)
    .replace(/^[._-]+|[._-]+$/g, "");
  return plain === "" ? "rule" : plain;
}
