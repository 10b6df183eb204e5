import { parseDuration } from "../../controller/api/duration.ts";
import { nearest } from "../../controller/api/near-names.ts";
import { show } from "../../controller/api/schema-error.ts";
import { DECISION_RESULTS, type DecisionResult } from "../../controller/api/vocabulary.ts";
import { type CallerInput, parseCaller } from "./caller.ts";
import { problemAt } from "./definitions.ts";
import type { SourceDocument } from "./documents.ts";
import type { Problem } from "./problem.ts";
import { parseTime } from "./time.ts";

/** What a test expects of a decision; what is absent is not looked at. */
export interface Expectation {
  decision: DecisionResult;
  policy?: string | null;
  /** The rule that decided; null: none did. */
  rule?: string | null;
  cause?: string;
  riskClass?: string;
  effectiveRisk?: string;
  /** Total of cumulative risk. */
  cumulativeRisk?: number;
  escalatedFrom?: string;
  /** A part of the reason. */
  reason?: string;
}

/** One request and what should come of it. */
export interface TestStep {
  action: string;
  target?: string;
  params?: Record<string, unknown>;
  caller: CallerInput | null;
  /** Text of an instant; it is read under the project's profile. */
  time?: number;
  /** Ms after the step before. */
  afterMs?: number;
  ticketId?: string;
  reason?: string;
  dryRun?: boolean;
  expect: Expectation;
  line: number;
}

/** A test: one step, or several that are charged one after the other. */
export interface TestCase {
  name: string;
  line: number;
  steps: readonly TestStep[];
}

export interface TestFile {
  file: string;
  cases: readonly TestCase[];
}

/** Whether a document holds tests of policies. */
export function isTestFile(value: unknown): boolean {
  return isRecord(value) && Object.hasOwn(value, "tests") && value.kind === undefined && value.apiVersion === undefined;
}

const STEP_FIELDS = {
  action: "action",
  target: "target",
  params: "params",
  caller: "caller",
  time: "time",
  after: "after",
  ticketId: "ticketId",
  ticket_id: "ticketId",
  reason: "reason",
  dryRun: "dryRun",
  expect: "expect",
} as const;
const CASE_FIELDS = [...Object.keys(STEP_FIELDS), "name", "description", "steps"];
const EXPECT_FIELDS = [
  "decision",
  "policy",
  "rule",
  "cause",
  "riskClass",
  "effectiveRisk",
  "cumulativeRisk",
  "escalatedFrom",
  "reason",
];

class FieldTrouble extends Error {
  readonly code = "BadField";
  readonly path: string;
  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads a document of tests; what is wrong in it is told, and that test left out. */
export function readTestFile(source: SourceDocument, problems: Problem[]): TestFile {
  const { tests, ...others } = source.value as { tests: unknown };
  const tell = (path: string, message: string): void => {
    const code = message.startsWith("is not a field") ? "unknown" : "BadTest";
    problems.push(problemAt(source, path, code, message, { kind: "Test" }));
  };
  for (const key of Object.keys(others))
    if (key !== "description") tell(key, "is not a field; a file of tests has tests");
  const cases: TestCase[] = [];
  if (!Array.isArray(tests)) {
    tell("tests", `must be a list, not ${show(tests)}`);
    return { file: source.file, cases };
  }
  for (const [i, value] of tests.entries()) {
    const path = `tests[${i}]`;
    try {
      cases.push(readCase(value, path, source));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      tell(error instanceof FieldTrouble ? error.path : path, error.message);
    }
  }
  return { file: source.file, cases };
}

function known(value: Record<string, unknown>, fields: readonly string[], path: string): void {
  for (const key of Object.keys(value)) {
    if (fields.includes(key)) continue;
    const near = nearest(key, fields);
    const hint = near === undefined ? `; known are ${fields.join(", ")}` : `; did you mean ${near}?`;
    throw new FieldTrouble(`${path}.${key}`, `is not a field${hint}`);
  }
}

function textOf(value: unknown, path: string): string {
  if (typeof value !== "string" || value === "") throw new FieldTrouble(path, `must be a text, not ${show(value)}`);
  return value;
}

function readCase(value: unknown, path: string, source: SourceDocument): TestCase {
  if (!isRecord(value)) throw new FieldTrouble(path, `must be a mapping, not ${show(value)}`);
  known(value, CASE_FIELDS, path);
  const name = textOf(value.name, `${path}.name`);
  const { line } = source.locate(path);
  if (value.steps === undefined) return { name, line, steps: [readStep(value, path, source)] };
  if (!Array.isArray(value.steps) || value.steps.length === 0)
    throw new FieldTrouble(`${path}.steps`, "must be a list of at least one step");
  // What the test says holds for every step that does not say otherwise; its time is when the first takes place.
  const { name: _, description: __, steps, time, ...shared } = value;
  const each = steps.map((step: unknown, i: number) => {
    const at = `${path}.steps[${i}]`;
    if (!isRecord(step)) throw new FieldTrouble(at, `must be a mapping, not ${show(step)}`);
    known(step, [...Object.keys(STEP_FIELDS), "name", "repeat"], at);
    const { repeat = 1, ...rest } = step;
    if (!Number.isInteger(repeat) || Number(repeat) < 1 || Number(repeat) > 10_000)
      throw new FieldTrouble(`${at}.repeat`, `must be a whole number from 1 to 10000, not ${show(repeat)}`);
    const read = readStep({ ...shared, ...(i === 0 && { time }), ...rest }, at, source);
    // Said once, a time is where the first of them stands.
    const { time: _, ...again } = read;
    return Array.from({ length: Number(repeat) }, (_, n) => (n === 0 ? read : again));
  });
  return { name, line, steps: each.flat() };
}

function readStep(value: Record<string, unknown>, path: string, source: SourceDocument): TestStep {
  const step: TestStep = {
    action: textOf(value.action, `${path}.action`),
    caller: at(`${path}.caller`, () => parseCaller(value.caller, "caller")),
    expect: readExpectation(value.expect, `${path}.expect`),
    line: source.locate(path).line,
  };
  if (value.target != null) step.target = textOf(value.target, `${path}.target`);
  if (value.params != null) {
    if (!isRecord(value.params))
      throw new FieldTrouble(`${path}.params`, `must be a mapping, not ${show(value.params)}`);
    step.params = value.params;
  }
  const ticket = value.ticketId ?? value.ticket_id;
  if (ticket != null) {
    if (typeof ticket !== "string") throw new FieldTrouble(`${path}.ticketId`, `must be a text, not ${show(ticket)}`);
    step.ticketId = ticket;
  }
  if (value.reason != null) step.reason = textOf(value.reason, `${path}.reason`);
  if (value.dryRun != null) {
    if (typeof value.dryRun !== "boolean") throw new FieldTrouble(`${path}.dryRun`, "must be true or false");
    step.dryRun = value.dryRun;
  }
  if (value.time != null) step.time = at(`${path}.time`, () => parseTime(textOf(value.time, `${path}.time`)));
  if (value.after != null)
    step.afterMs = at(`${path}.after`, () => parseDuration(textOf(value.after, `${path}.after`)));
  return step;
}

function at<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof FieldTrouble || !(error instanceof Error)) throw error;
    throw new FieldTrouble(path, error.message);
  }
}

function readExpectation(value: unknown, path: string): Expectation {
  const given: Record<string, unknown> = isRecord(value) ? value : { decision: value };
  known(given, EXPECT_FIELDS, path);
  const { decision } = given;
  if (!DECISION_RESULTS.includes(decision as DecisionResult)) {
    const near = typeof decision === "string" ? nearest(decision, DECISION_RESULTS) : undefined;
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    throw new FieldTrouble(
      isRecord(value) ? `${path}.decision` : path,
      `must be one of ${DECISION_RESULTS.join(", ")}, not ${show(decision)}${hint}`,
    );
  }
  if (given.cumulativeRisk != null && typeof given.cumulativeRisk !== "number")
    throw new FieldTrouble(`${path}.cumulativeRisk`, `must be a number, not ${show(given.cumulativeRisk)}`);
  for (const field of EXPECT_FIELDS) {
    const said = given[field];
    if (field === "cumulativeRisk" || said === undefined || (said === null && (field === "rule" || field === "policy")))
      continue;
    textOf(said, `${path}.${field}`);
  }
  return given as unknown as Expectation;
}
