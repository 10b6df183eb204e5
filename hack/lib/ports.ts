import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { join } from "node:path";
import { readJson, writeFileAtomic } from "./files.ts";

// Below the range from which systems take the ports of outgoing connections, so that none of those is in the way.
const lowest = 20_000;
const highest = 30_000;

/** Whether a server could listen on 127.0.0.1 at this port now. */
function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A free port on 127.0.0.1 that is not in `avoid`. */
export async function freePort(avoid: ReadonlySet<number> = new Set()): Promise<number> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const port = randomInt(lowest, highest);
    if (!avoid.has(port) && (await isPortFree(port))) return port;
  }
  throw new Error(`no free port on 127.0.0.1 between ${lowest} and ${highest}`);
}

/**
 * Ports by name that stay the same over restarts, so that what points at them stays valid. A port that is taken by now
 * is picked anew; one in `fixed` is used as told.
 */
export async function persistentPorts<Name extends string>(
  home: string,
  names: readonly Name[],
  fixed: Partial<Record<Name, number>> = {},
): Promise<Record<Name, number>> {
  const file = join(home, "ports.json");
  const known = readJson<Partial<Record<string, number>>>(file) ?? {};
  const taken = new Set(Object.values(known).filter((port) => port !== undefined));
  const ports: Partial<Record<Name, number>> = {};
  for (const name of names) {
    const wanted = fixed[name] ?? known[name];
    const keep = wanted !== undefined && (fixed[name] !== undefined || (await isPortFree(wanted)));
    const port = keep ? wanted : await freePort(taken);
    taken.add(port);
    ports[name] = port;
  }
  writeFileAtomic(file, `${JSON.stringify({ ...known, ...ports }, null, 2)}\n`);
  return ports as Record<Name, number>;
}
