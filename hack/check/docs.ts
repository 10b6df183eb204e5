import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { anchorsOf, type DocLine, linesOf, linksOf } from "./markdown.ts";

/** Something that a document says and that is not so. */
export interface DocProblem {
  file: string;
  line: number;
  problem: string;
}

/** What documents are held against: the project's files, by paths from its root, and their texts. */
export interface DocWorld {
  files: readonly string[];
  read(file: string): string;
}

/** What a reader elsewhere can do nothing with. */
const forbidden: ReadonlyArray<readonly [what: string, pattern: RegExp]> = [
  [
    "the host of a package registry",
    /\b(?:registry|proxy|pypi|files|deb|index)\.(?:[a-z0-9-]+\.)*(?:org|io|com|net)\b/i,
  ],
  ["a path of one machine", /(?<![\w.~$}*-])\/(?:work|tmp|root|home|Users)\/\S*/],
  ["a paper that is not part of the project", /\bDESIGN\.md\b/],
  ["a number of an issue", /\bissues? #?\d+/i],
];

const testPath = /(?<![\w./-])test\/[\w./*{},-]*[\w*/}]/g;
/** In code; in a sentence such words may stand for other things. */
const sourcePath = /(?<![\w./-])(?:catalog|cli|config|controller|crds|docs|hack|webhook)\/[\w./*{},-]*[\w*/}]/g;
const namedTest = /`(test\/[\w./-]+\.test\.ts)` › "([^"]+)"/g;

/** Which files are checked: the pages that people read, not the manifests beside them. */
export function isDocument(file: string): boolean {
  return /^(?:README|CONTRIBUTING|CHANGELOG)\.md$|^docs\/.*\.md$|^config\/.*README\.md$/.test(file);
}

/** Checks all documents among `files` (paths from `root`). */
export function checkDocs(root: string, files: readonly string[]): DocProblem[] {
  const world = { files, read: (file: string) => readFileSync(join(root, file), "utf8") };
  return files.filter(isDocument).flatMap((file) => checkDocument(file, world));
}

/** Links lead somewhere, files and tests that are named exist, and nothing is said that only its writer understands. */
export function checkDocument(file: string, world: DocWorld): DocProblem[] {
  return linesOf(world.read(file)).flatMap((line) =>
    [
      ...linkProblems(file, line, world),
      ...testProblems(line, world),
      ...sourceProblems(line, world),
      ...wordProblems(line),
    ].map((problem) => ({
      file,
      line: line.number,
      problem,
    })),
  );
}

function linkProblems(file: string, { text, code }: DocLine, world: DocWorld): string[] {
  if (code) return [];
  return linksOf(text).flatMap((link) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return [];
    const [path = "", anchor] = link.split("#", 2);
    const target = path === "" ? file : posix.normalize(posix.join(posix.dirname(file), decodeURI(path)));
    if (!exists(target, world.files)) return [`the link ${link} leads nowhere`];
    if (anchor === undefined || anchorsOf(world.read(target)).has(anchor)) return [];
    return [`the link ${link} leads to no heading of ${target}`];
  });
}

function testProblems({ text }: DocLine, world: DocWorld): string[] {
  const paths = [...text.matchAll(testPath)].map(([path]) => path);
  const titles = [...text.matchAll(namedTest)].map(([, path = "", title = ""]) => ({ path, title }));
  return [
    ...paths.filter((path) => !exists(path, world.files)).map((path) => `there is no ${path}`),
    ...titles
      .filter(({ path, title }) => world.files.includes(path) && !hasTest(world.read(path), title))
      .map(({ path, title }) => `${path} has no test "${title}"`),
  ];
}

function sourceProblems({ text, code }: DocLine, world: DocWorld): string[] {
  const spans = code ? [text] : [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
  const paths = spans.flatMap((span) => [...span.matchAll(sourcePath)].map(([path]) => path));
  return paths.filter((path) => !exists(path, world.files)).map((path) => `there is no ${path}`);
}

function wordProblems({ text }: DocLine): string[] {
  return forbidden.flatMap(([what, pattern]) => {
    const found = pattern.exec(text)?.[0];
    return found === undefined ? [] : [`${what}: ${found}`];
  });
}

/** Whether a path is a file, a folder that holds one, or a glob that one matches. */
function exists(path: string, files: readonly string[]): boolean {
  const folder = path === "." || path === "./" ? "" : path.endsWith("/") ? path : `${path}/`;
  if (!/[*{]/.test(path)) return files.some((file) => file === path || file.startsWith(folder));
  const pattern = globPattern(path);
  return files.some((file) => pattern.test(file));
}

function globPattern(glob: string): RegExp {
  const source = glob.replace(/\*\*\/?|[*{},.]/g, (token) => {
    if (token.startsWith("**")) return ".*";
    return { "*": "[^/]*", "{": "(?:", "}": ")", ",": "|" }[token] ?? "\\.";
  });
  return new RegExp(`^${source}$`);
}

/** Whether a test file declares a title, by `test` or a name that begins so. What it fills in at run time (`${…}`) may be anything. */
function hasTest(source: string, title: string): boolean {
  const declared = [...source.matchAll(/\btest\w*(?:\.serial)?\(\s*(?:"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`)/g)];
  return declared.some(([, plain, template]) => {
    if (plain !== undefined) return plain === title;
    const parts = (template ?? "")
      .split(/\$\{(?:[^{}]|\{[^{}]*\})*\}/)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${parts.join(".+")}$`).test(title);
  });
}
