import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Logger, step } from "../lib/logger.ts";
import { ensureBase } from "./base.ts";
import { assembleContext } from "./context.ts";
import type { Docker } from "./docker.ts";

export interface ImageOptions {
  /** The checkout. */
  readonly root: string;
  readonly docker: Docker;
  readonly logger: Logger;
  /** Name and tag of the image. */
  readonly tag: string;
  /** The image to build on; made here when left out. */
  readonly base?: string;
}

/** Builds the image and resolves to its id. Rejects with ImageError. */
export async function buildImage({ root, docker, logger, tag, base }: ImageOptions): Promise<string> {
  const from = await ensureBase(docker, logger, base);
  const context = mkdtempSync(join(tmpdir(), "agent-safe-image-"));
  try {
    return await step(logger, `image ${tag}`, async () => {
      await assembleContext(root, context);
      return (await docker.command(["build", "-q", "--build-arg", `BASE=${from}`, "-t", tag, context])).trim();
    });
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}
