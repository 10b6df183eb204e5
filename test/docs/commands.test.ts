import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";

const pages = ["README.md", ...readdirSync("docs", { recursive: true, encoding: "utf8" }).map((f) => join("docs", f))]
  .filter((file) => file.endsWith(".md"))
  .map((file) => ({ file, page: readFileSync(file, "utf8") }));
/** Blocks of commands as they are to be typed; what stands in <> is filled in. */
const blocks = pages.flatMap(({ file, page }) =>
  [...page.matchAll(/^( *)```sh\n([\s\S]*?)^ *```/gm)].map((match) => ({
    file,
    text: (match[2] ?? "").replaceAll(new RegExp(`^${match[1]}`, "gm"), "").replace(/<(role|name|namespace)>/g, "x"),
  })),
);

test("commands are sound shell", (t) => {
  t.true(blocks.length > 30, `${blocks.length} blocks`);
  for (const { file, text } of blocks) {
    const run = spawnSync("bash", ["-n"], { input: text, encoding: "utf8" });
    t.is(run.stderr, "", `${file}: ${text}`);
  }
});

test("folders that commands apply are there", (t) => {
  const folders = pages.flatMap(({ file, page }) =>
    [...page.matchAll(/(?:-k|kustomize) (config\/[\w/-]+)/g)].map((match) => ({ file, folder: match[1] ?? "" })),
  );
  t.true(folders.length > 10, `${folders.length} folders`);
  for (const { file, folder } of folders)
    t.true(
      existsSync(join(folder, "kustomization.yaml")) || existsSync(join(folder, "Kustomization")),
      `${file}: ${folder}`,
    );
});

test("options of our own command line are options that it has", (t) => {
  const used = new Map<string, Set<string>>();
  for (const { text } of blocks)
    for (const [, command = "", rest = ""] of text.matchAll(/npx agent-safe (\w+ \w+)([^|>\n]*)/g))
      for (const [option] of rest.matchAll(/(?<=\s)--?[a-z][\w-]*/g))
        used.set(command, (used.get(command) ?? new Set<string>()).add(option));
  t.true(used.size >= 3, [...used.keys()].join(", "));
  for (const [command, options] of used) {
    const help = spawnSync(process.execPath, ["cli/agent-safe.ts", ...command.split(" "), "--help"], {
      encoding: "utf8",
    });
    t.is(help.status, 0, command);
    for (const option of options) t.regex(help.stdout, new RegExp(`(^|[\\s,])${option}[\\s,<]`, "m"), command);
  }
});
