import type { IncomingMessage } from "node:http";
import { CONFIG_MAPS } from "../api/resources.ts";
import type { KubeClient } from "../runtime/client.ts";
import { issueAuthority, issueServing, type KeyPair } from "../runtime/https/certificates.ts";
import { createJsonServer, problem, type Reply } from "../runtime/https/server.ts";
import { parseBatch, REJECTIONS_AUDIENCE, REJECTIONS_PATH, type Rejection } from "../runtime/rejections.ts";
import type { Logger, Ref, Resource } from "../runtime/types.ts";
import { sleep } from "../runtime/wait.ts";

const TOKEN_REVIEWS: Resource = {
  group: "authentication.k8s.io",
  version: "v1",
  plural: "tokenreviews",
  namespaced: false,
};

const DAY_MS = 24 * 60 * 60 * 1000;
const LIFETIME_MS = 30 * DAY_MS;
const RENEWAL_MS = 10 * DAY_MS;
/** How often the published endpoint is looked at, should somebody have changed it. */
const CHECK_INTERVAL_MS = 30_000;
const BODY_LIMIT = 1024 * 1024;
/** Batches that were recorded lately, so that one whose answer was lost is not recorded twice. */
const REMEMBERED = 1024;

export interface RejectionsEndpointOptions {
  readonly client: KubeClient;
  readonly clock: () => number;
  readonly logger: Logger;
  /** The ConfigMap in which the endpoint is published (keys `url` and `ca.crt`). */
  readonly configMap: Ref;
  /** Where the webhook reaches this endpoint; its host name or address is in the certificate. */
  readonly url: string;
  /** The only user that may post: the webhook's ServiceAccount. */
  readonly username: string;
  /** Writes rejections to the log; resolves when they are durable. When it rejects, the webhook sends the batch again. */
  readonly record: (rejections: readonly Rejection[]) => Promise<void>;
}

/** Where the webhook's rejections come in. */
export interface RejectionsEndpoint {
  /** Serves and resolves to the port. */
  listen(host: string, port: number): Promise<number>;
  /** Publishes the endpoint and keeps it published and its certificate fresh until the signal. */
  run(signal: AbortSignal): Promise<void>;
  /** One look at certificate and ConfigMap. Throws KubeError. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** The controller's HTTPS endpoint for rejections: only the webhook's own token for this audience opens it. */
export function createRejectionsEndpoint(options: RejectionsEndpointOptions): RejectionsEndpoint {
  const { client, clock, logger } = options;
  const recorded = new Set<string>();
  let authority: KeyPair | undefined;
  let bundle = "";

  const server = createJsonServer({
    routes: { [REJECTIONS_PATH]: (body, request) => receive(body, request) },
    bodyLimit: BODY_LIMIT,
    logger,
    running: 4,
    waiting: 16,
  });

  async function receive(body: string, request: IncomingMessage): Promise<Reply> {
    const token = /^Bearer ([\x21-\x7e]{1,8192})$/.exec(request.headers.authorization ?? "")?.[1];
    if (token === undefined) return problem(401, "a bearer token is needed");
    if (!(await isWebhook(token))) return problem(403, "only the admission webhook may post here");
    const batch = parseBatch(body);
    if (batch === undefined) return problem(400, "not a batch of rejections");
    if (!recorded.has(batch.id)) {
      try {
        await options.record(batch.rejections);
      } catch (error) {
        logger.error({ err: error, rejections: batch.rejections.length }, "rejections could not be recorded");
        return problem(503, "not recorded; send it again");
      }
      remember(batch.id);
    }
    return { status: 200, body: {} };
  }

  function remember(id: string): void {
    recorded.add(id);
    const [oldest] = recorded;
    if (recorded.size > REMEMBERED && oldest !== undefined) recorded.delete(oldest);
  }

  async function isWebhook(token: string): Promise<boolean> {
    const { status } = await client.create<TokenReview>(TOKEN_REVIEWS, {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenReview",
      metadata: {},
      spec: { token, audiences: [REJECTIONS_AUDIENCE] },
    });
    return (
      status?.authenticated === true &&
      status.audiences?.includes(REJECTIONS_AUDIENCE) === true &&
      status.user?.username === options.username
    );
  }

  async function renew(): Promise<void> {
    const now = clock();
    if (authority && now < authority.notAfter - RENEWAL_MS && now >= authority.notBefore) return;
    const before = authority?.certificate ?? "";
    const next = await issueAuthority({ name: "agent-safe-controller", now, lifetimeMs: LIFETIME_MS });
    const host = new URL(options.url).hostname.replace(/^\[|\]$/g, "");
    const isAddress = /^[\d.]+$|:/.test(host);
    const serving = await issueServing({
      authority: next,
      names: isAddress ? [] : [host],
      addresses: isAddress ? [host] : [],
      now,
      lifetimeMs: LIFETIME_MS,
    });
    server.serve(serving);
    authority = next;
    bundle = next.certificate + before;
  }

  async function check(): Promise<void> {
    await renew();
    const { data } = await client.get<{ data?: Record<string, string> }>(CONFIG_MAPS, options.configMap);
    if (data?.url === options.url && data["ca.crt"] === bundle) return;
    const body = { data: { url: options.url, "ca.crt": bundle } };
    await client.patch(CONFIG_MAPS, options.configMap, body, { type: "merge", fieldManager: "agent-safe-controller" });
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let wait = CHECK_INTERVAL_MS;
      try {
        await check();
      } catch (error) {
        logger.warn({ err: error }, "the endpoint for rejections could not be published; trying again");
        wait = 5_000;
      }
      await sleep(wait, signal);
    }
  }

  return { listen: (host, port) => server.listen(host, port), run, check, close: () => server.close() };
}

interface TokenReview {
  apiVersion: string;
  kind: string;
  metadata: object;
  spec: { token: string; audiences: string[] };
  status?: { authenticated?: boolean; audiences?: string[]; user?: { username?: string } };
}
