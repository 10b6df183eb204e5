import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "ava";
import { ensureBinaries } from "../../hack/control-plane/binaries.ts";
import {
  type Binaries,
  cacheDirectory,
  moduleDirectory,
  programNames,
  versions,
} from "../../hack/control-plane/versions.ts";
import { startReleaseServer } from "./release-server.ts";
import { scratchFolder } from "./scratch.ts";

const unreachable = {
  kubernetes: "http://127.0.0.1:1/k8s",
  etcd: "http://127.0.0.1:1/etcd",
  kwokIndex: "http://127.0.0.1:1/kwok",
};

/** A machine with an empty home and, if told so, a `go` that makes scripts and notes how it was called. */
function machine(options: { go?: boolean } = {}) {
  const home = scratchFolder();
  const bin = join(home, "bin");
  mkdirSync(bin);
  if (options.go) {
    const code = `#!/bin/sh
echo "$PWD|$CGO_ENABLED|$*" >> "$HOME/go.log"
case "$1" in
  build) while [ "$1" != -o ]; do shift; done; target=$2; name=$(basename "$target" .building) ;;
  install) name=kwok; target=$GOBIN/kwok ;;
  *) exit 0 ;;
esac
printf '#!/bin/sh\\necho "built %s"\\n' "$name" > "$target" && chmod +x "$target"
`;
    writeFileSync(join(bin, "go"), code, { mode: 0o755 });
  }
  const lines: string[] = [];
  const env: NodeJS.ProcessEnv = { HOME: home, PATH: options.go ? `${bin}:/usr/bin:/bin` : bin };
  return { home, env, lines, logger: { info: (line: string) => void lines.push(line) } };
}

function origins(binaries: Binaries): Record<string, string> {
  return Object.fromEntries(
    programNames.map((name) => [name, execFileSync(binaries[name], { encoding: "utf8" }).split(" ")[0] ?? ""]),
  );
}

function put(directory: string, origin: string, names: readonly string[]): void {
  mkdirSync(directory, { recursive: true });
  for (const name of names)
    writeFileSync(join(directory, name), `#!/bin/sh\necho "${origin} ${name}"\n`, { mode: 0o755 });
}

test("each program comes from the first source that has it: cache, KUBEBUILDER_ASSETS, download, build", async (t) => {
  const { env, logger, home } = machine({ go: true });
  const server = await startReleaseServer();
  t.teardown(() => server.close());
  put(cacheDirectory(env), "cached", ["etcd"]);
  env.KUBEBUILDER_ASSETS = join(home, "assets");
  put(env.KUBEBUILDER_ASSETS, "assets", ["etcd", "kube-apiserver", "kubectl"]);
  for (const path of server.files.keys()) if (path.includes("kube-scheduler")) server.files.delete(path);

  const binaries = await ensureBinaries({ env, logger, releases: server.releases });
  t.deepEqual(origins(binaries), {
    etcd: "cached",
    "kube-apiserver": "assets",
    "kube-controller-manager": "downloaded",
    "kube-scheduler": "built",
    kubectl: "assets",
    kwok: "downloaded",
  });
  t.is(dirname(binaries.kwok), cacheDirectory(env));
});

test("everything can be downloaded, and the second time comes from the cache alone", async (t) => {
  const { env, logger } = machine();
  const server = await startReleaseServer();
  t.teardown(() => server.close());
  const first = await ensureBinaries({ env, logger, releases: server.releases });
  t.true(Object.values(origins(first)).every((origin) => origin === "downloaded"));
  const asked = server.requests.length;
  t.deepEqual(await ensureBinaries({ env, logger, releases: server.releases }), first);
  t.is(server.requests.length, asked);
  t.deepEqual(readdirSync(cacheDirectory(env)).sort(), [...programNames].sort(), "nothing else is left");
});

test("a download with a wrong checksum is refused and never becomes a program", async (t) => {
  const { env, logger } = machine();
  const server = await startReleaseServer();
  t.teardown(() => server.close());
  for (const [path] of server.files)
    if (path.endsWith("/kubectl")) server.files.set(path, Buffer.from("#!/bin/sh\necho evil\n"));
  const error = await t.throwsAsync(ensureBinaries({ env, logger, releases: server.releases }), {
    name: "ControlPlaneError",
    code: "BAD_CHECKSUM",
  });
  t.regex(error?.message ?? "", /kubectl has the SHA-256 checksum/);
  t.false(readdirSync(cacheDirectory(env)).includes("kubectl"));
});

test("what has no published checksum is built, not downloaded", async (t) => {
  const { env, logger } = machine({ go: true });
  const server = await startReleaseServer();
  t.teardown(() => server.close());
  const index = JSON.parse(server.files.get("/kwok/v0.7.0")?.toString() ?? "") as { assets: { digest?: string }[] };
  for (const asset of index.assets) delete asset.digest;
  server.files.set("/kwok/v0.7.0", Buffer.from(JSON.stringify(index)));
  const binaries = await ensureBinaries({ env, logger, releases: server.releases });
  t.is(origins(binaries).kwok, "built");
  t.false(server.requests.some((path) => path.startsWith("/kwok-")));
});

test("without network everything is built, with a line per program and without cgo", async (t) => {
  const { env, logger, lines, home } = machine({ go: true });
  const begun = performance.now();
  const binaries = await ensureBinaries({ env, logger, releases: unreachable });
  t.true(Object.values(origins(binaries)).every((origin) => origin === "built"));
  t.true(performance.now() - begun < 30_000, "it does not wait for a network that is not there");
  for (const name of programNames)
    t.true(
      lines.some((line) => line.includes(`building ${name} (usually`)),
      name,
    );
  const calls = readFileSync(join(home, "go.log"), "utf8").trim().split("\n").slice(1);
  t.is(calls.length, programNames.length);
  for (const call of calls) t.regex(call, /\|0\|(build|install) -ldflags -s -w/);
  t.true(calls.filter((call) => call.startsWith(`${moduleDirectory}|`)).length === programNames.length - 1);
});

test("without network and without go the error says what to do", async (t) => {
  const { env, logger } = machine();
  const error = await t.throwsAsync(ensureBinaries({ env, logger, releases: unreachable }), { code: "NO_GO" });
  for (const hint of ["install Go", "KUBEBUILDER_ASSETS", "--kubeconfig"]) t.true(error?.message.includes(hint), hint);
});

test("two checkouts that need programs at once: one gets them, the other waits", async (t) => {
  const { env, logger, home } = machine({ go: true });
  await Promise.all([1, 2].map(() => ensureBinaries({ env, logger, releases: unreachable })));
  const builds = readFileSync(join(home, "go.log"), "utf8")
    .split("\n")
    .filter((line) => line.includes("|build "));
  t.is(builds.length, programNames.length - 1);
});

test("the versions told to people are those that the module pins", (t) => {
  const module = readFileSync(join(moduleDirectory, "go.mod"), "utf8");
  t.true(module.includes(`k8s.io/kubernetes ${versions.kubernetes} `));
  t.true(module.includes(`go.etcd.io/etcd/server/v3 ${versions.etcd} `));
});
