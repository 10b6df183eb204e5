import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Logger, step } from "../lib/logger.ts";
import { type Docker, ensureTools } from "./docker.ts";
import { ImageError } from "./errors.ts";
import { run } from "./run.ts";

/** The base image that is made here where none can be pulled. */
const LOCAL_BASE = "agent-safe-base:bookworm";

/**
 * The base image to build on: the one named, or a minimal Debian 12 made from the Debian mirror, which Docker keeps
 * for the next time. Rejects with ImageError code BASE_UNAVAILABLE.
 */
export async function ensureBase(docker: Docker, logger: Logger, named: string | undefined): Promise<string> {
  if (named !== undefined) return named;
  if ((await docker.command(["images", "-q", LOCAL_BASE])).trim() !== "") return LOCAL_BASE;
  if (process.getuid?.() !== 0)
    throw new ImageError("BASE_UNAVAILABLE", "making a base image needs root; name one with --base");
  await ensureTools(["debootstrap", "debootstrap"], logger);
  const scratch = mkdtempSync(join(tmpdir(), "agent-safe-base-"));
  const rootfs = join(scratch, "rootfs");
  const archive = join(scratch, "rootfs.tar");
  try {
    mkdirSync(rootfs, { mode: 0o755 });
    await step(logger, "base image (Debian 12, minimal)", async () => {
      await run("debootstrap", ["--variant=minbase", "bookworm", rootfs]);
      const leaveOut = ["./var/cache/apt/*", "./var/lib/apt/lists/*", "./usr/share/doc/*", "./usr/share/man/*"];
      const excludes = leaveOut.map((path) => `--exclude=${path}`);
      await run("tar", ["--numeric-owner", ...excludes, "-C", rootfs, "-cf", archive, "."]);
      await docker.command(["import", archive, LOCAL_BASE]);
    });
    return LOCAL_BASE;
  } catch (cause) {
    throw new ImageError("BASE_UNAVAILABLE", "no base image could be made here; name one with --base", { cause });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
