import { RE2JS } from "re2js";
import type { ActionSpec } from "../../api/types.ts";
import { compilePath } from "../../policy/path.ts";
import type { Resource } from "../../runtime/index.ts";
import { capText } from "../limits.ts";
import { type LiveObject, visibleObject } from "./objects.ts";

const DEFAULT_MAX_BYTES = 4096;
const BLANK = "[redacted]";

/**
 * What of an answer is kept in the status: nothing unless the action asks for it, a line that names the object, or the
 * part that `output.path` finds. The content of a Secret is never kept here, whatever the action says.
 */
export function readOutput(
  { execution, redaction }: ActionSpec,
  answer: unknown,
  line: string,
  resource: Resource,
): string | undefined {
  const { to = "none", path, maxBytes = DEFAULT_MAX_BYTES } = execution.output ?? {};
  if (to !== "status") return undefined;
  const value = path === undefined ? undefined : compilePath(path)(visibleAnswer(answer, resource));
  if (value === null || value === undefined) return capText(line, maxBytes);
  let text = typeof value === "string" ? value : JSON.stringify(value);
  for (const pattern of redaction?.outputPatterns ?? []) text = RE2JS.compile(pattern).matcher(text).replaceAll(BLANK);
  return capText(text, maxBytes);
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
