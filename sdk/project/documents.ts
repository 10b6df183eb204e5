import {
  type Document,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  visit,
} from "yaml";
import type { Problem } from "./problem.ts";

/** Where something stands, from 1. */
export interface Position {
  line: number;
  column: number;
}

/** One object of a file, with where its fields stand. */
export interface SourceDocument {
  file: string;
  value: unknown;
  /** Where a field such as `spec.rules[0].match` stands, or its nearest ancestor that is there; with `key` its name, not its value. */
  locate(path: string, key?: boolean): Position;
  /** Values that kubectl, which reads YAML 1.1, would take for something else. */
  ambiguities(): Ambiguity[];
}

export interface Ambiguity extends Position {
  source: string;
  meaning: string;
}

/** The documents of a YAML or JSON file; a `List` of Kubernetes counts as its items. A file that can't be parsed gives none. */
export function parseDocuments(file: string, text: string, problems: Problem[]): SourceDocument[] {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true, logLevel: "error" });
  const result: SourceDocument[] = [];
  const positionOf = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  for (const document of Array.isArray(parsed) ? parsed : []) {
    const faults = [...document.errors, ...document.warnings];
    for (const { pos, message } of faults) {
      // The parser repeats what it can't read, of whatever length.
      const short = message.length > 256 ? `${message.slice(0, 255)}…` : readable(message);
      problems.push({ file, ...positionOf(pos[0]), path: "", code: "Syntax", message: short, severity: "error" });
    }
    if (faults.length > 0) continue;
    const cycle = aliasOfItself(document);
    if (cycle !== undefined) {
      const message = "an alias to what it stands in: it would have no end; write out what is meant";
      problems.push({ file, ...positionOf(cycle), path: "", code: "Syntax", message, severity: "error" });
      continue;
    }
    const value = plainValue(document, file, problems);
    if (value === undefined || value === null) continue;
    const root = document.contents as Node;
    const make = (node: Node, own: unknown): SourceDocument => ({
      file,
      value: own,
      locate: (path, key = false) => positionOf(offsetOf(node, path, key)),
      ambiguities: () => ambiguitiesOf(node).map(({ at, ...rest }) => ({ ...rest, ...positionOf(at) })),
    });
    const items = listItems(root, value);
    if (items) result.push(...items.map(([node, item]) => make(node, item)));
    else result.push(make(root, value));
  }
  return result;
}

/** The parser goes down by recursion, and says so in the words of its engine. */
function readable(message: string): string {
  return message === "Maximum call stack size exceeded" ? "is nested too deeply" : message;
}

/** Where an alias stands within the node that it means; such a value can't be written as JSON. An alias only means what is before it. */
function aliasOfItself(document: Document): number | undefined {
  let at: number | undefined;
  visit(document, {
    Alias(_key, node, path) {
      const meant = node.resolve(document);
      if (!isCollection(meant) || !path.includes(meant)) return undefined;
      at = node.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return at;
}

function plainValue(document: Document, file: string, problems: Problem[]): unknown {
  try {
    return document.toJS({ maxAliasCount: 1000 });
  } catch (error) {
    // Aliases that would grow without bound.
    const message = readable(error instanceof Error ? error.message : String(error));
    problems.push({ file, line: 1, column: 1, path: "", code: "Syntax", message, severity: "error" });
    return undefined;
  }
}

function listItems(root: Node, value: unknown): [Node, unknown][] | undefined {
  const { apiVersion, kind, items } = value as { apiVersion?: unknown; kind?: unknown; items?: unknown };
  if (apiVersion !== "v1" || kind !== "List" || !Array.isArray(items)) return undefined;
  const nodes = isMap(root) ? root.get("items", true) : undefined;
  return items.map((item, i) => [((isSeq(nodes) ? nodes.items[i] : undefined) as Node | undefined) ?? root, item]);
}

/** Offset of a field. The value's for a scalar, the key's for what is larger and for what is nearest to a missing field. */
function offsetOf(root: Node, path: string, key: boolean): number {
  let node: Node = root;
  let rest = path;
  let offset = root.range?.[0] ?? 0;
  while (rest !== "") {
    if (isSeq(node)) {
      const [whole, index] = /^\[(\d+)\]/.exec(rest) ?? [];
      const item = whole === undefined ? undefined : (node.items[Number(index)] as Node | undefined);
      if (whole === undefined || !item) break;
      node = item;
      offset = item.range?.[0] ?? offset;
      rest = rest.slice(whole.length);
    } else if (isMap(node)) {
      const step = rest.startsWith(".") ? rest.slice(1) : rest;
      const pair = longestKey(node.items as Pair<Node, Node | null>[], step);
      if (!pair) break;
      const name = keyText(pair.key);
      rest = step.slice(name.length);
      offset = pair.key.range?.[0] ?? offset;
      if (!pair.value) break;
      node = pair.value;
      if (rest === "" && isScalar(node) && !key) offset = node.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

function keyText(key: Node): string {
  return isScalar(key) ? String(key.value) : "";
}

/** Keys may hold dots: the longest that the path begins with is meant. */
function longestKey(pairs: Pair<Node, Node | null>[], path: string): Pair<Node, Node | null> | undefined {
  let best: Pair<Node, Node | null> | undefined;
  for (const pair of pairs) {
    const name = keyText(pair.key);
    const next = path[name.length];
    if (name === "" || !path.startsWith(name) || (next !== undefined && next !== "." && next !== "[")) continue;
    if (!best || name.length > keyText(best.key).length) best = pair;
  }
  return best;
}

const OTHER_BOOLEAN = /^(?:y|yes|on)$|^(?:n|no|off)$/i;

/** What YAML 1.1 reads in a plain scalar that YAML 1.2 reads as something else; undefined when both agree. */
function olderMeaning(source: string): string | undefined {
  if (OTHER_BOOLEAN.test(source) && (source === source.toLowerCase() || /^[A-Z]([a-z]*|[A-Z]*)$/.test(source))) {
    return /^(?:y|yes|on)$/i.test(source) ? "true" : "false";
  }
  if (/^[-+]?0[0-7_]+$/.test(source) && /[1-7]/.test(source))
    return `${Number.parseInt(source.replaceAll("_", ""), 8)}`;
  if (/^[-+]?0b[01_]+$/.test(source)) return "a binary number";
  if (/^[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?$/.test(source)) return source.replaceAll("_", "");
  return undefined;
}

function ambiguitiesOf(root: Node): { source: string; meaning: string; at: number }[] {
  const found: { source: string; meaning: string; at: number }[] = [];
  visit(root, {
    Scalar(_key, node) {
      if (node.type !== "PLAIN" || node.source === undefined) return;
      const meaning = olderMeaning(node.source);
      if (meaning !== undefined) found.push({ source: node.source, meaning, at: node.range?.[0] ?? 0 });
    },
  });
  return found;
}
