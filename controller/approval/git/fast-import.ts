/** One commit to be made, with files added to what its parent holds. */
export interface CommitInput {
  /** A scratch ref in the local repository that ends up at the commit. */
  ref: string;
  parent: string;
  /** More parents, for a merge. */
  merged?: readonly string[];
  message: string;
  /** Epoch ms. */
  at: number;
  files: readonly ({ path: string; content: string } | { path: string; blob: string })[];
}

const AUTHOR = "Agent-Safe <agent-safe@invalid>";

/** The stream from which `git fast-import` makes the commit: one process for any number of files. */
export function commitStream({ ref, parent, merged, message, at, files }: CommitInput): string {
  const seconds = Math.floor(at / 1000);
  const lines = [
    `commit ${ref}`,
    `committer ${AUTHOR} ${seconds} +0000`,
    data(message),
    `from ${parent}`,
    ...(merged ?? []).map((sha) => `merge ${sha}`),
    ...files.map((file) =>
      "blob" in file
        ? `M 100644 ${file.blob} ${quoted(file.path)}`
        : `M 100644 inline ${quoted(file.path)}\n${data(file.content)}`,
    ),
    "done",
  ];
  return `${lines.join("\n")}\n`;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}

/** A path as fast-import reads it whatever is in it. */
function quoted(path: string): string {
  if (path.includes("\n")) throw new Error("a path can't hold a line's end");
  return `"${path.replace(/[\\"]/g, "\\$&")}"`;
}
