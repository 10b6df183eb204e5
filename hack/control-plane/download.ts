import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, createWriteStream, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { EnvHttpProxyAgent, interceptors, request } from "undici";
import { step } from "../lib/logger.ts";
import type { SourceContext } from "./binaries.ts";
import { ControlPlaneError } from "./error.ts";
import { type ReleaseFile, releaseOf } from "./releases.ts";

export type { Releases } from "./releases.ts";

/**
 * Downloads what is missing. What can't be had (no network, not published, no checksum to check against) is left for the
 * next source, within seconds. A wrong checksum is an error: somebody may have tampered with the file.
 */
export async function downloadPrograms(context: SourceContext): Promise<void> {
  const { missing, logger, releases } = context;
  // Proxy variables are honoured. A machine without network must not wait for the system's own, long, deadlines.
  const dispatcher = new EnvHttpProxyAgent({ connect: { timeout: 3000 }, headersTimeout: 10_000, bodyTimeout: 30_000 });
  const http = dispatcher.compose(interceptors.redirect({ maxRedirections: 5 }));
  try {
    await Promise.all(
      missing.map(async (program) => {
        const file = releaseOf(program, releases);
        if (file === undefined) return;
        try {
          await step(logger, `downloading ${program}`, () => downloadOne(file, context, http));
        } catch (error) {
          if (error instanceof ControlPlaneError) throw error;
          logger.info(`  ${program}: no download (${error instanceof Error ? error.message : String(error)})`);
        }
      }),
    );
  } finally {
    await dispatcher.destroy();
  }
}

type Http = NonNullable<Parameters<typeof request>[1]>["dispatcher"];

async function downloadOne(file: ReleaseFile, context: SourceContext, dispatcher: Http): Promise<void> {
  const { url, sha256 } = await locate(file, dispatcher);
  const partial = join(context.staging, `${file.program}.download`);
  const { body } = await get(url, dispatcher);
  const hash = createHash("sha256");
  body.on("data", (chunk: Buffer) => hash.update(chunk));
  await pipeline(body, createWriteStream(partial));
  const actual = hash.digest("hex");
  if (actual !== sha256) {
    rmSync(partial);
    throw new ControlPlaneError(
      "BAD_CHECKSUM",
      `${url} has the SHA-256 checksum ${actual}, published is ${sha256}: not used. Try again, or set KUBEBUILDER_ASSETS.`,
    );
  }
  const whole = join(context.staging, file.program);
  if (file.member === undefined) renameSync(partial, whole);
  else {
    await promisify(execFile)("tar", ["-xzf", partial, "-C", context.staging, file.member]);
    renameSync(join(context.staging, file.member), whole);
    rmSync(partial);
  }
  chmodSync(whole, 0o755);
  context.keep(file.program);
}

async function locate(file: ReleaseFile, dispatcher: Http): Promise<{ url: string; sha256: string }> {
  const text = await (await get(file.checksum.url, dispatcher)).body.text();
  switch (file.checksum.kind) {
    case "sha256-file":
      return { url: file.url, sha256: checked(text, file.checksum.url) };
    case "sha256-list": {
      const { file: name, url } = file.checksum;
      const line = text.split("\n").find((entry) => entry.trim().split(/\s+\*?/)[1] === name);
      return { url: file.url, sha256: checked(line, url) };
    }
    case "release-index": {
      const { file: name, url } = file.checksum;
      const index = JSON.parse(text) as { assets?: { name: string; browser_download_url: string; digest?: string }[] };
      const asset = index.assets?.find((entry) => entry.name === name);
      if (asset === undefined) throw new Error(`${url} lists no ${name}`);
      return { url: asset.browser_download_url, sha256: checked(asset.digest?.replace(/^sha256:/, ""), url) };
    }
  }
}

/** Nothing that can't be verified is ever run. */
function checked(text: string | undefined, source: string): string {
  const sha256 = text?.trim().split(/\s+/)[0]?.toLowerCase();
  if (sha256 === undefined || !/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`${source} gives no SHA-256 checksum`);
  return sha256;
}

async function get(url: string, dispatcher: Http) {
  const response = await request(url, { dispatcher, headers: { "user-agent": "agent-safe" } });
  if (response.statusCode === 200) return response;
  await response.body.dump();
  throw new Error(`${url} answered ${response.statusCode}`);
}
