import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from "yaml";
import type { Problem } from "../project/problem.ts";
import { fault, inside, type Path, type Place, pathText, type Source, shown, warn } from "./problem.ts";
import { BadScalar, plainScalar, taggedScalar } from "./pyyaml-scalar.ts";

/** Nodes that a file may unfold to, aliases counted each time, so that a small file can't fill the memory. */
const MAX_NODES = 200_000;

interface Reading {
  document: Document;
  counter: LineCounter;
  source: Source;
  positions: Map<string, number>;
  nodes: number;
}

class TooLarge extends Error {}

/** A file's value, undefined when it can't be read, and where to say more about it. */
export interface PyYamlFile {
  value: unknown;
  top: Place;
}

/** Reads a file as PyYAML's `safe_load` does: one document of YAML 1.1, of which the last of equal keys counts. */
export function readPyYaml(file: string, text: string, problems: Problem[]): PyYamlFile {
  const counter = new LineCounter();
  const document = parseDocument(text, {
    schema: "failsafe",
    uniqueKeys: false,
    merge: false,
    lineCounter: counter,
    logLevel: "error", // "silent" would also hide that there is a second document
  });
  const positions = new Map<string, number>();
  const source: Source = { file, problems, locate: (path) => locate(counter, positions, path) };
  const top: Place = { source, path: [] };
  const [broken] = document.errors;
  if (broken) {
    const { line, col } = counter.linePos(broken.pos[0]);
    const message = broken.message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? "unreadable";
    problems.push({
      file,
      line,
      column: col,
      path: "",
      code: "Syntax",
      message: `not YAML: ${message}`,
      severity: "error",
    });
    return { value: undefined, top };
  }
  const reading: Reading = { document, counter, source, positions, nodes: 0 };
  try {
    return { value: document.contents === null ? null : construct(reading, document.contents as Node, top), top };
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    fault(top, `unfolds to more than ${MAX_NODES} values`);
    return { value: undefined, top };
  }
}

function locate(counter: LineCounter, positions: Map<string, number>, path: Path): { line: number; column: number } {
  for (let end = path.length; end >= 0; end--) {
    const offset = positions.get(pathText(path.slice(0, end)));
    if (offset !== undefined) {
      const { line, col } = counter.linePos(offset);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}

function construct(reading: Reading, node: unknown, place: Place): unknown {
  if (++reading.nodes > MAX_NODES) throw new TooLarge();
  const start = (node as Node | null)?.range?.[0];
  const key = pathText(place.path);
  if (start !== undefined && !reading.positions.has(key)) reading.positions.set(key, start);
  if (isAlias(node)) {
    const resolved = node.resolve(reading.document);
    if (!resolved) fault(place, `the alias *${node.source} has no anchor`);
    return resolved ? construct(reading, resolved, place) : null;
  }
  if (isScalar(node)) return scalar(node.value, node.type === "PLAIN", node.tag, place);
  const { tag } = (node ?? {}) as { tag?: string };
  if (tag !== undefined && !/^tag:yaml\.org,2002:(map|seq)$/.test(tag))
    fault(place, `the tag ${shown(tag)} is not known`);
  if (isSeq(node)) return node.items.map((item, i) => construct(reading, item, inside(place, i)));
  if (isMap(node)) return mapping(reading, node, place);
  return null;
}

function scalar(value: unknown, plain: boolean, tag: string | undefined, place: Place): unknown {
  const text = typeof value === "string" ? value : "";
  try {
    if (tag !== undefined && tag !== "!") return taggedScalar(tag, text);
    return plain && tag === undefined ? plainScalar(text) : text;
  } catch (error) {
    if (!(error instanceof BadScalar)) throw error;
    fault(place, error.message);
    return null;
  }
}

function mapping(reading: Reading, node: YAMLMap, place: Place): Map<string, unknown> {
  const own = new Map<string, unknown>();
  const merged = new Map<string, unknown>();
  for (const pair of node.items as Pair<Node, Node>[]) {
    if (isScalar(pair.key) && pair.key.type === "PLAIN" && pair.key.value === "<<") {
      merge(merged, construct(reading, pair.value, inside(place, "<<")), place);
      continue;
    }
    const key = construct(reading, pair.key, inside(place, "?"));
    reading.positions.delete(pathText([...place.path, "?"]));
    if (typeof key !== "string") {
      fault(place, `the key ${shown(key)} is not text as YAML 1.1 reads it`, "put it in quotes");
      continue;
    }
    const member = inside(place, key);
    const at = pair.key?.range?.[0];
    if (own.has(key)) {
      reading.positions.delete(pathText(member.path));
      if (at !== undefined) reading.positions.set(pathText(member.path), at);
      warn(member, `the key ${shown(key)} is written twice; the last one counts`);
      own.delete(key);
    }
    if (at !== undefined && !reading.positions.has(pathText(member.path)))
      reading.positions.set(pathText(member.path), at);
    own.set(key, construct(reading, pair.value, member));
  }
  return new Map([...merged, ...own]);
}

/** What `<<` brings in: of several mappings the first that has a key counts, and a key of the mapping itself before all. */
function merge(into: Map<string, unknown>, value: unknown, place: Place): void {
  const sources = Array.isArray(value) ? value : [value];
  for (const each of sources) {
    if (!(each instanceof Map)) fault(place, "<< must name a mapping or a list of mappings");
    else for (const [key, member] of each) if (!into.has(key)) into.set(key, member);
  }
}
