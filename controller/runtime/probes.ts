import { createSideServer, type SideServer } from "./side-server.ts";
import { plainText } from "./text.ts";

/** True when well, else why not. Throwing, and taking longer than two seconds, means not well, too. */
export type ProbeCheck = () => boolean | string | Promise<boolean | string>;

export interface ProbesOptions {
  address: string;
  checks: {
    /** `/healthz` and `/livez`: fails when a restart would help. */
    health: Record<string, ProbeCheck>;
    /** `/readyz`: fails while this process must get no work. */
    ready: Record<string, ProbeCheck>;
  };
}

interface Outcome {
  name: string;
  problem?: string;
}

const checkMs = 2_000;

async function runCheck(name: string, check: ProbeCheck): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer in ${checkMs} ms`), checkMs);
  });
  try {
    const result = await Promise.race([check(), late]);
    if (result === true) return { name };
    return { name, problem: result === false ? "failed" : result };
  } catch (error) {
    return { name, problem: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

function render(outcomes: Outcome[], excluded: string[]): string {
  const lines = outcomes.map(({ name, problem }) =>
    problem ? `[-]${name} failed: ${plainText(problem, 512)}` : `[+]${name} ok`,
  );
  return [...lines, ...excluded.map((name) => `[+]${name} excluded`), ""].join("\n");
}

/**
 * Health and readiness in the form of the API server's own: `/healthz`, `/livez`, `/readyz`, one check as
 * `/readyz/<name>`, `?exclude=<name>` (repeatable), `?verbose` for the checks that passed.
 */
export function createProbes(options: ProbesOptions): SideServer {
  const { health, ready } = options.checks;
  const roots: Record<string, Record<string, ProbeCheck>> = { healthz: health, livez: health, readyz: ready };
  return createSideServer(options.address, (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const [, root = "", only, ...rest] = url.pathname.split("/");
    const checks = Object.hasOwn(roots, root) ? roots[root] : undefined;
    if (!checks || rest.length > 0 || (only !== undefined && !Object.hasOwn(checks, only))) {
      response.writeHead(404).end();
      return;
    }
    const exclude = new Set(url.searchParams.getAll("exclude"));
    const names = only === undefined ? Object.keys(checks) : [only];
    const chosen = Object.entries(checks).filter(([name]) => names.includes(name) && !exclude.has(name));
    const excluded = names.filter((name) => exclude.has(name));
    Promise.all(chosen.map(([name, check]) => runCheck(name, check))).then((outcomes) => {
      const failed = outcomes.some((outcome) => outcome.problem !== undefined);
      const text = failed || url.searchParams.has("verbose") ? render(outcomes, excluded) : "ok";
      response.writeHead(failed ? 503 : 200, { "content-type": "text/plain; charset=utf-8" }).end(text);
    });
  });
}
