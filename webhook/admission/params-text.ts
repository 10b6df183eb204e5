import { quote } from "./quote.ts";
import type { Finding } from "./response.ts";
import { isRecord } from "./review.ts";

/** The most that `spec.params` may measure as JSON, in bytes. */
export const PARAMS_LIMIT_BYTES = 32 * 1024;

/** What a parsed number can't tell: how it was written. Keys are JSON pointers below the object under admission. */
type Sources = ReadonlyMap<string, string>;

/**
 * Refuses parameters that could be read in two ways or cost too much: more than 32 KiB, numbers that JavaScript and
 * JSON don't agree on (integers beyond ±2^53), and `__proto__` keys. `body` is the AdmissionReview as it came.
 */
export function checkParamsText(params: unknown, body: string): Finding[] {
  if (params === undefined || params === null) return [];
  const bytes = Buffer.byteLength(JSON.stringify(params));
  if (bytes > PARAMS_LIMIT_BYTES) {
    const message = `${bytes} bytes of JSON; at most ${PARAMS_LIMIT_BYTES} are allowed: pass a reference instead of the content`;
    return [{ path: "spec.params", code: "TooLarge", message }];
  }
  const findings: Finding[] = [];
  let sources: Sources | undefined;
  walk(params, "spec.params", "/spec/params", (value, path, pointer) => {
    if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
      sources ??= numberSources(body);
      const written = sources.get(pointer) ?? String(value);
      const message = `${written.slice(0, 40)} is beyond ±2^53 and would be rounded: pass it as a string`;
      findings.push({ path, code: "UnsafeInteger", message });
    }
    if (isRecord(value) && Object.hasOwn(value, "__proto__")) {
      findings.push({ path, code: "ForbiddenKey", message: "the key __proto__ is not allowed: rename or remove it" });
    }
  });
  return findings;
}

function walk(
  value: unknown,
  path: string,
  pointer: string,
  visit: (value: unknown, path: string, pointer: string) => void,
): void {
  visit(value, path, pointer);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) walk(item, `${path}[${index}]`, `${pointer}/${index}`, visit);
  } else if (isRecord(value)) {
    for (const key of Object.keys(value)) {
      const step = /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) ? `.${key}` : `[${quote(key)}]`;
      walk(value[key], path + step, `${pointer}/${escapePointer(key)}`, visit);
    }
  }
}

/**
 * The source text of every number in `request.object` that is no safe integer. Parsing rounds, so this parses a
 * second time with the reviver that is told the source; only reached when a number is about to be refused.
 */
function numberSources(body: string): Sources {
  const sources = new Map<string, string>();
  const revive = (_key: string, value: unknown, ...rest: unknown[]): unknown => {
    const source = isRecord(rest[0]) ? rest[0].source : undefined;
    return typeof value === "number" && typeof source === "string" && !Number.isSafeInteger(value)
      ? new WrittenNumber(source)
      : value;
  };
  const review: unknown = JSON.parse(body, revive);
  const request = isRecord(review) && isRecord(review.request) ? review.request : {};
  const collect = (value: unknown, pointer: string): void => {
    if (value instanceof WrittenNumber) sources.set(pointer, value.source);
    else if (Array.isArray(value)) for (const [index, item] of value.entries()) collect(item, `${pointer}/${index}`);
    else if (isRecord(value))
      for (const key of Object.keys(value)) collect(value[key], `${pointer}/${escapePointer(key)}`);
  };
  collect(request.object, "");
  return sources;
}

class WrittenNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

function escapePointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
