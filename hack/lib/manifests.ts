import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../controller/runtime/types.ts";
import { root } from "./root.ts";

/** Any object of a manifest. */
export type Manifest = KubeObject & { apiVersion: string; kind: string };

const folders = {
  definitions: "config/crd",
  rights: "config/rbac",
  policies: "config/admission",
  sentinels: "config/rbac/sentinels",
  webhooks: "config/admission/webhooks",
  catalog: "catalog",
  samples: "config/samples",
} as const;

/** What is installed, folder by folder, as kustomize gives it. */
export type Manifests = Record<keyof typeof folders, Manifest[]>;

/** Renders every folder that is installed. Needs no cluster. */
export async function renderManifests(kubectlPath: string): Promise<Manifests> {
  const rendered = await Promise.all(
    Object.entries(folders).map(
      async ([name, folder]) => [name, await render(kubectlPath, join(root, folder))] as const,
    ),
  );
  return Object.fromEntries(rendered) as Manifests;
}

async function render(kubectlPath: string, folder: string): Promise<Manifest[]> {
  const { stdout } = await promisify(execFile)(kubectlPath, ["kustomize", folder], { maxBuffer: 64 * 1024 * 1024 });
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
}
