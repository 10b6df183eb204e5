import { readFileSync } from "node:fs";
import test from "ava";

const page = readFileSync("docs/security-model.md", "utf8");
const rows = [...page.matchAll(/^\| (\d+) \| (.+?) \| (.+) \|$/gm)].map(([, rule, where = "", by = ""]) => ({
  rule: Number(rule),
  where,
  by,
}));

test("each of the sixteen rules is told once, and is held somewhere by something that a test shows", (t) => {
  const told = [...page.matchAll(/^(\d+)\. \*\*/gm)].map((match) => Number(match[1]));
  const all = Array.from({ length: 16 }, (_, i) => i + 1);
  t.deepEqual(told, all);
  t.deepEqual([...new Set(rows.map(({ rule }) => rule))], all);
  for (const { rule, where, by } of rows) {
    t.regex(where, /`(?:controller|config|crds|webhook)\/[\w./-]+`/, `rule ${rule}`);
    t.regex(by, /^`test\/[\w./-]+\.test\.ts` › "[^"]+"$/, `rule ${rule}`);
  }
});

test("every admission policy is the ground of a rule", (t) => {
  for (const policy of ["requester", "request-metadata", "request-status", "status", "secrets", "sentinel"])
    t.true(
      rows.some(({ where }) => where.includes(`config/admission/${policy}.yaml`)),
      policy,
    );
});
