import { spawnSync } from "node:child_process";
import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { openProcessGroup } from "../lib/process-group.ts";
import type { SourceContext } from "./binaries.ts";
import { ControlPlaneError } from "./error.ts";
import { moduleDirectory, type ProgramName, versions } from "./versions.ts";

/** What to build, in this order, and the seconds it usually takes on two cores when nothing is compiled yet. */
const recipes: Record<ProgramName, { package: string; usualSeconds: number }> = {
  etcd: { package: "go.etcd.io/etcd/server/v3", usualSeconds: 60 },
  "kube-apiserver": { package: "k8s.io/kubernetes/cmd/kube-apiserver", usualSeconds: 150 },
  "kube-controller-manager": { package: "k8s.io/kubernetes/cmd/kube-controller-manager", usualSeconds: 40 },
  "kube-scheduler": { package: "k8s.io/kubernetes/cmd/kube-scheduler", usualSeconds: 15 },
  kubectl: { package: "k8s.io/kubernetes/cmd/kubectl", usualSeconds: 25 },
  kwok: { package: `sigs.k8s.io/kwok/cmd/kwok@${versions.kwok}`, usualSeconds: 100 },
};

const progressMs = 10_000;

/** Builds what is missing from the Go modules that `go.mod` and `go.sum` pin. Rejects with NO_GO or BUILD_FAILED. */
export async function buildPrograms(context: SourceContext): Promise<void> {
  const { missing, logger, env } = context;
  if (spawnSync("go", ["version"], { env }).status !== 0) throw noGo(missing);
  const total = missing.reduce((sum, name) => sum + recipes[name].usualSeconds, 0);
  logger.info(`Building ${missing.join(", ")} from Go modules, once: usually about ${minutes(total)} on two cores.`);
  for (const [index, name] of missing.entries()) {
    const begun = performance.now();
    const usual = `usually ${minutes(recipes[name].usualSeconds)}`;
    const say = () => logger.info(`  [${index + 1}/${missing.length}] building ${name}: ${elapsed(begun)} (${usual})`);
    logger.info(`  [${index + 1}/${missing.length}] building ${name} (${usual})`);
    const progress = setInterval(say, progressMs);
    try {
      await buildOne(name, context);
    } finally {
      clearInterval(progress);
    }
    context.keep(name);
    logger.info(`  [${index + 1}/${missing.length}] ${name} built in ${elapsed(begun)}`);
  }
}

async function buildOne(name: ProgramName, { staging, env }: SourceContext): Promise<void> {
  const recipe = recipes[name];
  if (name === "kwok") {
    const install = ["install", "-ldflags", "-s -w", recipe.package];
    return go(install, staging, { ...env, GOBIN: staging, CGO_ENABLED: "0" }, staging);
  }
  const output = join(staging, `${name}.building`);
  const version = `k8s.io/component-base/version.gitVersion=${versions.kubernetes}`;
  const [major, minor] = versions.kubernetes.slice(1).split(".");
  const numbers = `-X k8s.io/component-base/version.gitMajor=${major} -X k8s.io/component-base/version.gitMinor=${minor}`;
  const args = ["build", "-ldflags", `-s -w -X ${version} ${numbers}`, "-o", output, recipe.package];
  await go(args, moduleDirectory, { ...env, CGO_ENABLED: "0" }, staging);
  renameSync(output, join(staging, name));
}

/** Runs `go` so that it ends with this process, however that ends. */
async function go(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv, staging: string): Promise<void> {
  const group = openProcessGroup(join(staging, "pids"), join(staging, "logs"));
  try {
    const program = await group.start({ name: "go", command: "go", args, cwd, env });
    const { code, signal } = await program.exited;
    if (code === 0) return;
    const tail = readFileSync(program.logFile, "utf8").slice(-4000).trim();
    throw new ControlPlaneError("BUILD_FAILED", `go ${args.join(" ")} ended with ${code ?? signal}:\n${tail}`);
  } finally {
    await group.close();
  }
}

function noGo(missing: readonly string[]): ControlPlaneError {
  return new ControlPlaneError(
    "NO_GO",
    [
      `These programs are needed and could be neither found nor downloaded: ${missing.join(", ")}.`,
      "They can be built here, but `go` is not on the PATH. One of these helps:",
      "  - install Go 1.26 or later (https://go.dev/dl/, or your system's package manager) and run this again;",
      "  - run this again with access to https://dl.k8s.io and https://github.com;",
      "  - name a folder that holds them: KUBEBUILDER_ASSETS=/path/to/bin npm start;",
      "  - use a cluster that you have: npm start -- --kubeconfig ~/.kube/config",
    ].join("\n"),
  );
}

function elapsed(begun: number): string {
  return `${Math.round((performance.now() - begun) / 1000)} s`;
}

function minutes(seconds: number): string {
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
