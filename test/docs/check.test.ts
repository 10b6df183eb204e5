import test from "ava";
import { checkDocument, isDocument } from "../../hack/check/docs.ts";
import { anchorsOf, linesOf, linksOf } from "../../hack/check/markdown.ts";

const others: Record<string, string> = {
  "docs/other.md": "# Other\n\n## What it's for\n\n## Twice\n\n## Twice\n",
  "docs/kinds/action.md": "# Action\n",
  "README.md": "# The project\n",
  "controller/room/b.ts": "",
  "test/room/a.test.ts": `test("one thing", t);\ntest.serial(\`\${policy} stops its \${n} attacks\`, t);\n`,
};

function problems(text: string): string[] {
  const texts: Record<string, string> = { ...others, "docs/page.md": text };
  const world = { files: Object.keys(texts), read: (file: string) => texts[file] ?? "" };
  return checkDocument("docs/page.md", world).map(({ line, problem }) => `${line}: ${problem}`);
}

const right = [
  "[other](other.md), [part](other.md#what-its-for), [second](other.md#twice-1), [folder](kinds/), [up](../README.md)",
  "# Here\n[here](#here), [out](https://example.com/nowhere), [mail](mailto:a@example.com)",
  "```sh\ncat [x](gone.md)\n```\n`[x](gone.md)`",
  "`test/room/a.test.ts`, `test/room/`, `test/room`, `test/**/*.test.ts`, `test/room/{a,b}.test.ts`, latest/x, ./my/test/x",
  '`test/room/a.test.ts` › "one thing" and `test/room/a.test.ts` › "the-policy stops its 7 attacks"',
  "`controller/room/` and `controller/room/b.ts`; a controller/executor pair; example.com/config/x",
  "this issue is solved; $HOME/x; ~/home/x; var/work/x",
];

for (const text of right)
  test(`nothing is wrong with ${JSON.stringify(text.slice(0, 50))}`, (t) => t.deepEqual(problems(text), []));

const wrong: Array<[text: string, found: RegExp]> = [
  ["\n[gone](gone.md)", /^2: the link gone\.md leads nowhere$/],
  ["[up](../../README.md)", /leads nowhere/],
  ["[part](other.md#what-it-is-for)", /no heading of docs\/other\.md/],
  ["[here](#there)", /no heading of docs\/page\.md/],
  ["see `test/room/b.test.ts`", /there is no test\/room\/b\.test\.ts/],
  ["see `test/rooms/`", /there is no test\/rooms\//],
  ["```\nnpx ava test/rooms/*.test.ts\n```", /^2: there is no test\/rooms/],
  ["it is held by `controller/room/c.ts`", /there is no controller\/room\/c\.ts/],
  ["```sh\nkubectl apply -k config/nothing\n```", /^2: there is no config\/nothing/],
  ['`test/room/a.test.ts` › "another thing"', /has no test "another thing"/],
  ["from registry.example.org", /registry: registry\.example\.org/],
  ["in /work/main/x", /one machine: \/work\/main\/x/],
  ["`/tmp/x`", /one machine/],
  [`see ${"DESIGN"}.md`, /not part of the project/],
  ["as in issue #12", /number of an issue: issue #12/],
];

for (const [text, found] of wrong) {
  test(`found: ${JSON.stringify(text)}`, (t) => {
    const [first = "", ...more] = problems(text);
    t.regex(first, found);
    t.deepEqual(more, []);
  });
}

test("pages are checked, manifests and code are not", (t) => {
  const pages = ["README.md", "CHANGELOG.md", "docs/a.md", "docs/b/c.md", "config/samples/README.md"];
  t.deepEqual([...pages, "crds/action.yaml", "hack/x.md", "LICENSE"].filter(isDocument), pages);
});

test("code is told from text, whatever fence it has", (t) => {
  const text = "a\n~~~~\n```\nb\n~~~~\nc";
  t.deepEqual(
    linesOf(text)
      .filter(({ code }) => !code)
      .map(({ text: line }) => line),
    ["a", "c"],
  );
  t.deepEqual([...anchorsOf("# A `b` — c\n```\n# no\n```\n")], ["a-b--c"]);
  t.deepEqual(linksOf('[a](b "c") ![d](<e>)'), ["b", "e"]);
});
