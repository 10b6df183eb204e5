import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { buildImage } from "./image/build.ts";
import { ensureDocker } from "./image/docker.ts";
import { ImageError } from "./image/errors.ts";
import { stderrLogger } from "./lib/logger.ts";

const program = new Command("image")
  .description("Builds the container image that all roles run from.")
  .option("--tag <name:tag>", "what to call it", "agent-safe:dev")
  .option("--base <image>", "the image to build on (default: a minimal Debian, made here)")
  .addHelpText(
    "after",
    "\nExample:\n  npx node hack/image.ts --tag registry.example/agent-safe:0.1.0 --base debian:bookworm-slim",
  )
  .parse();
const options = program.opts<{ tag: string; base?: string }>();

try {
  const docker = await ensureDocker(stderrLogger);
  try {
    const root = fileURLToPath(new URL("..", import.meta.url));
    console.log(await buildImage({ root, docker, logger: stderrLogger, ...options }));
  } finally {
    await docker.stop();
  }
} catch (error) {
  if (!(error instanceof ImageError)) throw error;
  console.error(`error: ${error.message}${error.cause instanceof Error ? `\n${error.cause.message}` : ""}`);
  process.exitCode = 1;
}
