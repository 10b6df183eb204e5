import type { Finding } from "./response.ts";
import { isRecord } from "./review.ts";

/** How much of a number's digits is shown. */
const SHOWN = 40;

/**
 * Shows numbers that were refused because parsing rounds them as they were written: 9007199254740993 must not be
 * called 9007199254740992. `body` is the AdmissionReview as it came; it is parsed a second time only when needed.
 */
export function withWrittenNumbers(findings: readonly Finding[], body: string): readonly Finding[] {
  if (!findings.some(({ code }) => code === "UnsafeInteger")) return findings;
  const written = numbersIn(body);
  return findings.map((finding) => {
    const text = finding.code === "UnsafeInteger" ? written.get(finding.path) : undefined;
    return text === undefined ? finding : { ...finding, message: finding.message.replace(/^-?[\d.e+]+/i, text) };
  });
}

/** The source of every number in `request.object` that JavaScript rounds, by its path. */
function numbersIn(body: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const revive = (_key: string, value: unknown, ...rest: unknown[]): unknown => {
    const source = isRecord(rest[0]) ? rest[0].source : undefined;
    return typeof value === "number" && typeof source === "string" && !Number.isSafeInteger(value)
      ? new WrittenNumber(source)
      : value;
  };
  const collect = (value: unknown, path: string): void => {
    if (value instanceof WrittenNumber) found.set(path, value.source.slice(0, SHOWN));
    else if (Array.isArray(value)) for (const [index, item] of value.entries()) collect(item, `${path}[${index}]`);
    else if (isRecord(value))
      for (const key of Object.keys(value)) {
        const step = key.slice(0, 64);
        collect(value[key], path === "" ? step : `${path}.${step}`);
      }
  };
  const review: unknown = JSON.parse(body, revive);
  collect(isRecord(review) && isRecord(review.request) ? review.request.object : undefined, "");
  return found;
}

class WrittenNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}
