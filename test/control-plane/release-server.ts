import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Releases } from "../../hack/control-plane/releases.ts";
import { scratchFolder } from "./scratch.ts";

/** A server laid out like the official ones, on 127.0.0.1. */
export interface ReleaseServer {
  releases: Releases;
  /** Paths that were asked for. */
  requests: string[];
  /** What it answers, by path; change it to see what happens. */
  files: Map<string, Buffer>;
  close(): void;
}

const sha256 = (content: Buffer) => createHash("sha256").update(content).digest("hex");

/** Serves a small script for every program, with checksums, for linux/amd64 and linux/arm64. */
export async function startReleaseServer(): Promise<ReleaseServer> {
  const files = new Map<string, Buffer>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    const content = files.get(request.url ?? "");
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const archives = scratchFolder();

  for (const arch of ["amd64", "arm64"]) {
    for (const name of ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"]) {
      const path = `/k8s/v1.36.1/bin/linux/${arch}/${name}`;
      files.set(path, script(name));
      files.set(`${path}.sha256`, Buffer.from(sha256(script(name))));
    }
    const directory = `etcd-v3.6.8-linux-${arch}`;
    mkdirSync(join(archives, directory));
    writeFileSync(join(archives, directory, "etcd"), script("etcd"), { mode: 0o755 });
    const archive = join(archives, `${directory}.tar.gz`);
    execFileSync("tar", ["-czf", archive, "-C", archives, directory]);
    files.set(`/etcd/v3.6.8/${directory}.tar.gz`, readFileSync(archive));
    files.set(`/kwok-${arch}`, script("kwok"));
  }
  const sums = [...files].filter(([path]) => path.endsWith(".tar.gz"));
  const list = sums.map(([path, content]) => `${sha256(content)}  ${path.split("/").at(-1)}\n`).join("");
  files.set("/etcd/v3.6.8/SHA256SUMS", Buffer.from(list));
  const assets = ["amd64", "arm64"].map((arch) => ({
    name: `kwok-linux-${arch}`,
    browser_download_url: `${base}/kwok-${arch}`,
    digest: `sha256:${sha256(script("kwok"))}`,
  }));
  files.set("/kwok/v0.7.0", Buffer.from(JSON.stringify({ assets })));

  const releases = { kubernetes: `${base}/k8s`, etcd: `${base}/etcd`, kwokIndex: `${base}/kwok` };
  return { releases, requests, files, close: () => server.close() };
}

function script(name: string): Buffer {
  return Buffer.from(`#!/bin/sh\necho "downloaded ${name}"\n`);
}
