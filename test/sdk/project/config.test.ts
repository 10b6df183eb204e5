import { join } from "node:path";
import test from "ava";
import { findConfig, loadConfig, projectSettings } from "../../../sdk/project/config.ts";
import { folder } from "./support.ts";

test("the nearest file upwards is found, paths are relative to it, and one file serves roles and command line", (t) => {
  const dir = folder(t, {
    "agent-safe.yaml": "profile: compat\ndir: [a, b]\nworkers: 3\ndecision-timeout: 30m\n",
    "x/y/z": "",
  });
  const file = join(dir, "agent-safe.yaml");
  t.is(findConfig(join(dir, "x/y")), file);
  t.deepEqual(loadConfig(file), { file, dirs: [join(dir, "a"), join(dir, "b")], profile: "compat" });
});

for (const [title, text, words] of [
  [
    "an unknown key",
    "dir: a\nprofil: compat\n",
    /agent-safe\.yaml:2:1: "profil" is no setting; did you mean profile\?/,
  ],
  ["a bad value", "profile: lax\n", /agent-safe\.yaml:1:1: "profile" must be one of strict, compat/],
  ["a value of a role's setting", "workers: many\n", /:1:1: "workers" must be a whole number/],
  ["an empty value", "dir:\n", /:1:1: "dir" must not be empty/],
  ["a key twice", "dir: a\ndir: b\n", /:2:1: Map keys must be unique/],
  ["a list", "- a\n", /must be a mapping/],
  ["no YAML", "dir: [", /agent-safe\.yaml:1:/],
] as const) {
  test(`${title} in the settings is an error with its place, never ignored`, (t) => {
    const dir = folder(t, { "agent-safe.yaml": text });
    t.throws(() => loadConfig(join(dir, "agent-safe.yaml")), { name: "ConfigError", message: words });
  });
}

test("options come before the environment, that before the file, that before the defaults", (t) => {
  const cwd = folder(t, { "agent-safe.yaml": "profile: compat\ndir: rules\n", "other/x": "" });
  const at = (path: string) => join(cwd, path);
  const file = projectSettings({ cwd, env: {} });
  t.deepEqual([file.dirs, file.profile], [[at("rules")], "compat"]);
  const env = { AGENT_SAFE_DIR: "e1,e2", AGENT_SAFE_PROFILE: "strict" };
  const environment = projectSettings({ cwd, env });
  t.deepEqual([environment.dirs, environment.profile], [[at("e1"), at("e2")], "strict"]);
  const asked = projectSettings({ cwd, env, dirs: ["f"], profile: "compat" });
  t.deepEqual([asked.dirs, asked.profile], [[at("f")], "compat"]);
  const none = folder(t, {});
  t.deepEqual(projectSettings({ cwd: none, env: {} }), { dirs: [none], profile: "strict" });
  t.throws(() => projectSettings({ cwd, env: { AGENT_SAFE_PROFILE: "lax" } }), { message: /"lax" is no profile/ });
});
