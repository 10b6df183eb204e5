/** Something that is wrong with a project's file, or that is probably not meant. */
export interface Problem {
  /** As it was found: relative to the working directory when it is below that. */
  file: string;
  /** From 1. */
  line: number;
  column: number;
  /** Field, such as `spec.rules[0].match`; empty for the document itself. */
  path: string;
  /** Stable word for programs. */
  code: string;
  /** What is wrong and what would be right; values are escaped and cut. */
  message: string;
  severity: "error" | "warning";
  /** What was probably meant. */
  hint?: string;
  /** Kind of the object, where it is known. */
  kind?: string;
}

/** One line: `file:line:column: error: path: message`. File names are as the disk has them: escape before printing. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, severity, path, message, hint } = problem;
  const where = path === "" ? "" : `${path}: `;
  const said = hint === undefined || message.includes(hint) ? message : `${message}; ${hint}`;
  return `${file}:${line}:${column}: ${severity}: ${where}${said}`;
}

/** Negative when `a` is told before `b`: by file, line, column. */
export function compareProblems(a: Problem, b: Problem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
}
