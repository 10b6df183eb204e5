import { Agent, request } from "node:https";
import type { TLSSocket } from "node:tls";

/** What one call over TLS met. */
export interface Probe {
  status: number;
  /** Fingerprint of the certificate that was served. */
  fingerprint: string;
}

/** A TLS client that trusts only `ca` and calls the server by `name`. `agent` keeps one connection when given. */
export function probe(port: number, ca: string, name: string, agent?: Agent): Promise<Probe> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: "127.0.0.1",
        port,
        ca,
        servername: name,
        path: "/validate",
        method: "POST",
        agent: agent ?? new Agent({ keepAlive: false, maxCachedSessions: 0 }),
        headers: { "content-type": "application/json" },
      },
      (response) => {
        const fingerprint = (response.socket as TLSSocket).getPeerCertificate().fingerprint256;
        response.resume().on("end", () => resolve({ status: response.statusCode ?? 0, fingerprint }));
      },
    );
    call.on("error", reject).end("{}");
  });
}
