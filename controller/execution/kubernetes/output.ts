import { RE2JS } from "re2js";
import type { ActionSpec } from "../../api/types.ts";
import { compilePath } from "../../policy/path.ts";
import type { Resource } from "../../runtime/index.ts";
import { capText } from "../limits.ts";
import { type LiveObject, visibleObject } from "./objects.ts";

const DEFAULT_MAX_BYTES = 4096;
const BLANK = "[redacted]";

/** What is kept of an answer, and where: at most one of the two. */
export interface KeptOutput {
  /** For the status. */
  output?: string;
  /** For a Secret. */
  secretOutput?: string;
}

/**
 * What of an answer is kept: nothing unless the action asks for it, a line that names the object, or the part that
 * `output.path` finds. The content of a Secret never goes to the status, whatever the action says. Never throws: the
 * effect was made already.
 */
export function readOutput(
  { execution, redaction }: ActionSpec,
  answer: unknown,
  line: string,
  resource: Resource,
): KeptOutput {
  const { to = "none", path, maxBytes = DEFAULT_MAX_BYTES } = execution.output ?? {};
  if (to === "none") return {};
  try {
    const document = to === "status" ? visibleAnswer(answer, resource) : answer;
    const value = path === undefined ? undefined : compilePath(path)(document);
    if (value === null || value === undefined) return { output: capText(line, maxBytes) };
    const text = typeof value === "string" ? value : JSON.stringify(value);
    if (to === "secret") return { secretOutput: capText(text, maxBytes) };
    const blanked = (redaction?.outputPatterns ?? []).reduce(
      (rest, pattern) => RE2JS.compile(pattern).matcher(rest).replaceAll(BLANK),
      text,
    );
    return { output: capText(blanked, maxBytes) };
  } catch (error) {
    return {
      output: capText(
        `${line}; its output can't be read: ${error instanceof Error ? error.message : String(error)}`,
        maxBytes,
      ),
    };
  }
}

function visibleAnswer(answer: unknown, resource: Resource): unknown {
  if (typeof answer !== "object" || answer === null) return answer;
  if ("items" in answer && Array.isArray(answer.items))
    return { items: answer.items.map((item) => visibleAnswer(item, resource)) };
  return isObject(answer) ? visibleObject(answer, resource) : answer;
}

function isObject(answer: object): answer is LiveObject {
  return "metadata" in answer;
}
