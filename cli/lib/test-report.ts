import type { TestResult } from "../../sdk/project/run-tests.ts";
import { safeLine } from "./terminal.ts";

function failed(results: readonly TestResult[]): number {
  return results.filter(({ passed }) => !passed).length;
}

/** For people: what failed in full, then the sum. */
export function textReport(results: readonly TestResult[], verbose: boolean): string {
  const lines = results.flatMap(({ passed, file, line, name, failures }) => {
    if (passed) return verbose ? [`ok    ${name}`] : [];
    return [`FAIL  ${name} (${file}:${line})`, ...failures.map((failure) => `      ${failure}`)];
  });
  const wrong = failed(results);
  return [...lines.map(safeLine), `${results.length - wrong} passed, ${wrong} failed`]
    .map((line) => `${line}\n`)
    .join("");
}

/** The Test Anything Protocol, version 14. */
export function tapReport(results: readonly TestResult[]): string {
  const lines = results.flatMap(({ passed, name, file, line, failures }, i) => {
    // A # would begin a directive.
    const title = safeLine(name).replace(/[\\#]/g, "\\$&");
    const head = `${passed ? "ok" : "not ok"} ${i + 1} - ${title}`;
    if (passed) return [head];
    const body = { at: `${file}:${line}`, failures };
    return [
      head,
      "  ---",
      ...Object.entries(body).map(([key, value]) => `  ${key}: ${safeLine(JSON.stringify(value))}`),
      "  ...",
    ];
  });
  return ["TAP version 14", `1..${results.length}`, ...lines].map((line) => `${line}\n`).join("");
}

function xml(text: string): string {
  const safe = safeLine(text).replace(/[\ufffe\uffff]/g, "\ufffd");
  return safe.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const seconds = (ms: number): string => (ms / 1000).toFixed(6);

/** JUnit's XML: a suite for each file. */
export function junitReport(results: readonly TestResult[]): string {
  const files = Map.groupBy(results, ({ file }) => file);
  const suites = [...files].map(([file, cases]) => {
    const time = seconds(cases.reduce((sum, { durationMs }) => sum + durationMs, 0));
    const body = cases.map(({ name, line, failures, durationMs }) => {
      const head = `    <testcase name="${xml(name)}" classname="${xml(file)}" file="${xml(file)}" line="${line}" time="${seconds(durationMs)}"`;
      if (failures.length === 0) return `${head}/>\n`;
      const said = failures.map((text) => `      <failure message="${xml(text)}"/>\n`).join("");
      return `${head}>\n${said}    </testcase>\n`;
    });
    const head = `  <testsuite name="${xml(file)}" tests="${cases.length}" failures="${failed(cases)}" errors="0" skipped="0" time="${time}">`;
    return `${head}\n${body.join("")}  </testsuite>\n`;
  });
  const head = `<testsuites name="agent-safe" tests="${results.length}" failures="${failed(results)}">`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${head}\n${suites.join("")}</testsuites>\n`;
}
