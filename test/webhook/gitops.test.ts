import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { parseAllDocuments } from "yaml";
import { root } from "../../hack/lib/root.ts";

interface Kustomization {
  kind: string;
  metadata: { name: string };
  spec: { path: string; prune: boolean; dependsOn?: { name: string }[]; sourceRef: { kind: string; name: string } };
}

interface Application {
  metadata: { name: string };
  spec: { source: { path: string }; syncPolicy: { automated: { prune: boolean }; retry: { limit: number } } };
}

function read<T>(file: string): T[] {
  return parseAllDocuments(readFileSync(join(root, "config/gitops", file), "utf8")).map((document) => document.toJS());
}

test("every folder that Flux or Argo CD syncs is there and is a kustomization", (t) => {
  const flux = read<Kustomization>("flux.yaml").filter(({ kind }) => kind === "Kustomization");
  const folders = [
    ...flux.map(({ spec }) => spec.path),
    ...read<Application>("argocd.yaml").map(({ spec }) => spec.source.path),
  ];
  t.is(folders.length, 6);
  for (const folder of folders) t.true(existsSync(join(root, folder, "kustomization.yaml")), folder);
});

test("Flux applies what needs a kind after the kinds, and content last", (t) => {
  const documents = read<Kustomization>("flux.yaml");
  const flux = documents.filter(({ kind }) => kind === "Kustomization");
  const sources = documents.filter(({ kind }) => kind === "GitRepository").map(({ metadata }) => metadata.name);
  const before = new Map(flux.map(({ metadata, spec }) => [metadata.name, spec.dependsOn?.map(({ name }) => name)]));
  t.deepEqual(before.get("agent-safe"), undefined);
  t.deepEqual(before.get("agent-safe-sentinels"), ["agent-safe"]);
  t.deepEqual(before.get("agent-safe-content"), ["agent-safe-sentinels"]);
  for (const { spec } of flux) t.true(sources.includes(spec.sourceRef.name));
});

test("no mistake in Git takes the system, its keys or its logs away", (t) => {
  for (const { metadata, spec } of read<Kustomization>("flux.yaml").filter(({ kind }) => kind === "Kustomization"))
    t.is(spec.prune, metadata.name === "agent-safe-content", metadata.name);
  for (const { metadata, spec } of read<Application>("argocd.yaml"))
    t.is(spec.syncPolicy.automated.prune, metadata.name === "agent-safe-content", metadata.name);
});
