import { ExpressionError } from "./errors.ts";

/** Values that a template may name, by root: `request`, `params`, `target`, `before_state`. */
export type TemplateContext = Readonly<Record<string, unknown>>;

export interface TemplateRules {
  /** Roots that may be named, each with the names that may follow, or `null` for any. */
  roots: Readonly<Record<string, readonly string[] | null>>;
}

/** One thing wrong with a template: where, and what. */
export interface TemplateProblem {
  /** Path within the template, such as `.spec.replicas`. */
  path: string;
  message: string;
}

/** What stands between the braces, as segments. */
type Reference = string[];
type Part = string | { reference: Reference };

const MAX_DEPTH = 32;
const MAX_TEXT = 64 * 1024;
const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9_-]*$/;

/** Reads `params.x`, `target.labels.app`, `target.labels["app.kubernetes.io/name"]`. Throws ExpressionError. */
function parseReference(text: string): Reference {
  const segments: string[] = [];
  let rest = text;
  while (rest.length > 0) {
    const quoted = /^\["([^"\\\]]{1,317})"\]/.exec(rest);
    if (quoted && segments.length > 0) {
      segments.push(quoted[1] ?? "");
      rest = rest.slice(quoted[0].length);
      continue;
    }
    if (segments.length > 0) {
      if (!rest.startsWith(".")) break;
      rest = rest.slice(1);
    }
    const plain = /^[A-Za-z0-9_-]+/.exec(rest)?.[0];
    if (!plain || !SEGMENT.test(plain)) break;
    segments.push(plain);
    rest = rest.slice(plain.length);
  }
  if (rest.length > 0 || segments.length < 2) {
    throw new ExpressionError("Syntax", `{{ ${text.slice(0, 80)} }} is not a reference such as params.name`);
  }
  return segments;
}

/** Splits a text at its `{{ … }}`. Throws ExpressionError. */
function parseText(text: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf("{{", at);
    if (open < 0) break;
    const close = text.indexOf("}}", open + 2);
    if (close < 0) throw new ExpressionError("Syntax", "has {{ without }}");
    if (open > at) parts.push(text.slice(at, open));
    parts.push({ reference: parseReference(text.slice(open + 2, close).trim()) });
    at = close + 2;
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}

/** Follows a reference through own properties only. */
function lookup(reference: Reference, context: TemplateContext): unknown {
  let value: unknown = context;
  for (const segment of reference) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Record<string, unknown>)[segment];
  }
  return value;
}

function named(reference: Reference): string {
  return reference.join(".").slice(0, 120);
}

/** Renders one text; undefined when it is a single reference without a value. */
function renderText(text: string, context: TemplateContext): unknown {
  const parts = parseText(text);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && typeof only !== "string") {
    // A whole-string reference keeps the value's type; a copy, so that nobody's params change through it.
    const value = lookup(only.reference, context);
    return value === undefined ? undefined : structuredClone(value);
  }
  let out = "";
  for (const part of parts) {
    if (typeof part === "string") {
      out += part;
      continue;
    }
    const value = lookup(part.reference, context);
    if (value === undefined) throw new ExpressionError("Unresolved", `{{ ${named(part.reference)} }} has no value`);
    if (value === null || typeof value === "object") {
      throw new ExpressionError(
        "Type",
        `{{ ${named(part.reference)} }} is a ${value === null ? "null" : Array.isArray(value) ? "list" : "map"}, which can't stand within a text`,
      );
    }
    out += String(value);
    if (out.length > MAX_TEXT) throw new ExpressionError("TooLong", `a text of more than ${MAX_TEXT} characters`);
  }
  return out;
}

function render(template: unknown, context: TemplateContext, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new ExpressionError("TooLong", `nested more than ${MAX_DEPTH} deep`);
  if (typeof template === "string") {
    const value = renderText(template, context);
    if (value === undefined) throw new ExpressionError("Unresolved", `${template.trim().slice(0, 120)} has no value`);
    return value;
  }
  if (Array.isArray(template)) return template.map((member) => render(member, context, depth + 1));
  if (template === null || typeof template !== "object") return template;
  const entries: [string, unknown][] = [];
  const keys = new Set<string>();
  for (const [key, member] of Object.entries(template)) {
    if (isAbsentOptional(member, context)) continue;
    const name = renderText(key, context);
    if (typeof name !== "string") throw new ExpressionError("Unresolved", `the key ${key.slice(0, 120)} is not a text`);
    if (name === "__proto__" || keys.has(name))
      throw new ExpressionError(
        "Type",
        `the key ${JSON.stringify(name.slice(0, 80))} ${keys.has(name) ? "is there twice" : "is not allowed"}`,
      );
    keys.add(name);
    entries.push([name, render(member, context, depth + 1)]);
  }
  return Object.fromEntries(entries);
}

/** Whether a member is nothing but a parameter that was not given: its key is then left out. */
function isAbsentOptional(member: unknown, context: TemplateContext): boolean {
  if (typeof member !== "string") return false;
  const parts = parseText(member);
  const [only] = parts;
  if (parts.length !== 1 || only === undefined || typeof only === "string" || only.reference[0] !== "params")
    return false;
  return lookup(only.reference, context) === undefined;
}

/**
 * Fills in a template of any JSON shape. Values are inserted as values: nothing in them is read as a template. A text that
 * is one reference keeps the value's type; a key whose value is an absent parameter is left out; any other reference
 * without a value is an error. Throws ExpressionError (`Syntax`, `Unresolved`, `Type`, `TooLong`).
 */
export function renderTemplate(template: unknown, context: TemplateContext): unknown {
  return render(template, context, 0);
}

function checkText(text: string, path: string, rules: TemplateRules, problems: TemplateProblem[]): void {
  let parts: Part[];
  try {
    parts = parseText(text);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    problems.push({ path, message: error.message });
    return;
  }
  for (const part of parts) {
    if (typeof part === "string") continue;
    const [root = "", name = ""] = part.reference;
    if (!Object.hasOwn(rules.roots, root)) {
      problems.push({
        path,
        message: `{{ ${named(part.reference)} }} begins with none of ${Object.keys(rules.roots).join(", ")}`,
      });
      continue;
    }
    const names = rules.roots[root];
    if (names && !names.includes(name)) {
      problems.push({ path, message: `{{ ${named(part.reference)} }}: ${root} has no ${name.slice(0, 64)}` });
    }
  }
}

/** All that is wrong with a template before there are values: syntax, roots and names. */
export function templateErrors(template: unknown, rules: TemplateRules, path = ""): TemplateProblem[] {
  const problems: TemplateProblem[] = [];
  const walk = (value: unknown, at: string, depth: number): void => {
    if (depth > MAX_DEPTH) problems.push({ path: at, message: `is nested more than ${MAX_DEPTH} deep` });
    else if (typeof value === "string") checkText(value, at, rules, problems);
    else if (Array.isArray(value)) for (let i = 0; i < value.length; i++) walk(value[i], `${at}[${i}]`, depth + 1);
    else if (value !== null && typeof value === "object") {
      for (const [key, member] of Object.entries(value)) {
        checkText(key, `${at}.${key}`, rules, problems);
        walk(member, `${at}.${key}`, depth + 1);
      }
    }
  };
  walk(template, path, 0);
  return problems;
}
