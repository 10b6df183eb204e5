import { readFileSync } from "node:fs";
import { Agent, request } from "undici";
import { parse } from "yaml";

/** The little of the Kubernetes API that starting a cluster needs, on one connection pool. */
export interface KubeHttp {
  /** One call. `body` goes as JSON, or as what `contentType` says. Rejects only when no answer came. */
  call(method: Method, path: string, body?: unknown, contentType?: string): Promise<KubeAnswer>;
  close(): Promise<void>;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** `body` is the parsed JSON, or the text when it isn't JSON. */
export interface KubeAnswer {
  status: number;
  body: unknown;
}

interface KubeconfigFile {
  clusters: { cluster: { server: string; "certificate-authority-data": string } }[];
  users: { user: { "client-certificate-data": string; "client-key-data": string } }[];
}

/** Speaks to the cluster of a kubeconfig that this project wrote (client certificate, embedded data). */
export function openKubeHttp(kubeconfig: string): KubeHttp {
  const file = parse(readFileSync(kubeconfig, "utf8")) as KubeconfigFile;
  const [cluster, user] = [file.clusters[0]?.cluster, file.users[0]?.user];
  if (cluster === undefined || user === undefined) throw new Error(`${kubeconfig} names no cluster or no user`);
  const decode = (data: string) => Buffer.from(data, "base64").toString("utf8");
  const dispatcher = new Agent({
    connect: {
      ca: decode(cluster["certificate-authority-data"]),
      cert: decode(user["client-certificate-data"]),
      key: decode(user["client-key-data"]),
    },
    headersTimeout: 10_000,
  });
  return {
    async call(method, path, body, contentType = "application/json") {
      const response = await request(`${cluster.server}${path}`, {
        method,
        dispatcher,
        headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": contentType }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.body.text();
      return { status: response.statusCode, body: parseJson(text) };
    },
    close: () => dispatcher.destroy(),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
