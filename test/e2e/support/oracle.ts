import { spawnSync } from "node:child_process";
import { join } from "node:path";
import {
  ACTION_REQUESTS,
  CREDENTIAL_SECRET_TYPE,
  CREDENTIALS_NAMESPACE,
  DEPLOYMENTS,
  SECRETS,
} from "../../../controller/api/constants.ts";
import type { ActionRequest } from "../../../controller/api/types.ts";
import type { AuditEvent } from "../../../controller/audit/event.ts";
import { lastEvents } from "../../../controller/audit/show.ts";
import { type CredentialSecret, isTombstone } from "../../../controller/credentials/fence.ts";
import { assertStatusInvariants, createInformer, type KubeClient } from "../../../controller/runtime/index.ts";
import { root } from "../../../hack/lib/root.ts";
import { waitFor } from "../../support/cluster.ts";
import { namespace, reasonOf, statusOf } from "./agent.ts";
import { blindTally, countMarks, loadNamespace, marksOf, type Tally } from "./load.ts";

/** What was seen of requests and of the world while things were broken, by watches that depend on none of the roles. */
export interface History {
  /** Status invariants that a version broke, decisions that changed after the end, and the like. */
  readonly problems: string[];
  /** When a request's mark was first seen, by UID; epoch ms. */
  readonly effectAt: ReadonlyMap<string, number>;
  /** Versions of requests that were looked at. */
  readonly versions: number;
  stop(): void;
}

/** Starts to watch; do it before the load. */
export async function watchHistory(client: KubeClient): Promise<History> {
  const stopping = new AbortController();
  const problems: string[] = [];
  const effectAt = new Map<string, number>();
  let versions = 0;
  const requests = createInformer<ActionRequest>({ client, resource: ACTION_REQUESTS, namespace });
  const tallies = createInformer<Tally>({ client, resource: DEPLOYMENTS, namespace: loadNamespace });
  const see = (request: ActionRequest, before?: ActionRequest) => {
    versions += 1;
    if ((request.status?.conditions?.length ?? 0) > 0) {
      try {
        assertStatusInvariants(request as never);
      } catch (error) {
        problems.push(`${request.metadata.name} at ${request.metadata.resourceVersion}: ${String(error)}`);
      }
    }
    // A restored etcd may bring back an earlier version; then nothing can be compared.
    if (before === undefined || Number(before.metadata.resourceVersion) > Number(request.metadata.resourceVersion))
      return;
    if (before.metadata.uid !== request.metadata.uid) return;
    for (const type of ["Finished", "Denied", "Approved"]) {
      if (statusOf(before, type) === "True" && statusOf(request, type) !== "True")
        problems.push(`${request.metadata.name} is no longer ${type}`);
    }
    const [was, is] = [before.status?.claim, request.status?.claim];
    if (was !== undefined && JSON.stringify(was) !== JSON.stringify(is))
      problems.push(`the claim of ${request.metadata.name} changed`);
  };
  const mark = (object: Tally) => {
    for (const uid of marksOf(object)) if (!effectAt.has(uid)) effectAt.set(uid, Date.now());
  };
  requests.on({ add: (request) => see(request), update: see });
  tallies.on({ add: mark, update: mark });
  void requests.start(stopping.signal);
  void tallies.start(stopping.signal);
  await Promise.all([requests.synced, tallies.synced]);
  return {
    problems,
    effectAt,
    get versions() {
      return versions;
    },
    stop: () => stopping.abort(),
  };
}

/** Whether nothing more will happen to a request by itself. */
export function isSettled(request: ActionRequest): boolean {
  return request.status?.settled === true || waitsForPerson(request);
}

function waitsForPerson(request: ActionRequest): boolean {
  return reasonOf(request, "Stalled") === "OutcomeUnknown";
}

/** All these requests as they are once nothing more will happen to them; rejects, telling which are stuck, when that takes too long. */
export async function untilSettled(
  client: KubeClient,
  requests: readonly ActionRequest[],
  timeoutMs = 180_000,
): Promise<ActionRequest[]> {
  const wanted = new Set(requests.map(({ metadata }) => metadata.name));
  let open: ActionRequest[] = [];
  let all: ActionRequest[] = [];
  try {
    await waitFor(
      async () => {
        const { items } = await client.list<ActionRequest>(ACTION_REQUESTS, { namespace });
        all = items.filter(({ metadata }) => wanted.has(metadata.name));
        open = all.filter((request) => !isSettled(request));
        return all.length === wanted.size && open.length === 0;
      },
      { timeoutMs, intervalMs: 1_000, what: `${wanted.size} requests to settle` },
    );
  } catch (error) {
    const told = open.map(({ metadata, status }) =>
      JSON.stringify([metadata.name, metadata.uid, status?.conditions, status?.claim]),
    );
    throw new Error(`${open.length} of ${all.length} (of ${wanted.size}) are stuck: ${told.slice(0, 5).join("\n")}`, {
      cause: error,
    });
  }
  return all;
}

/** What is judged after all has settled. */
export interface Evidence {
  client: KubeClient;
  /** The requests as they are now. */
  requests: readonly ActionRequest[];
  /** The folder with a log per writing role. */
  auditDirectory: string;
  history?: History;
  /** UIDs whose effect was undone by the restore of an older etcd, the world being in it too: it must not be made again. */
  restored?: ReadonlySet<string>;
}

/** Everything that is wrong; empty when the safety rules held. */
export async function judge(evidence: Evidence): Promise<string[]> {
  const { client, requests, auditDirectory, history } = evidence;
  const marks = await countMarks(client);
  const executor = await byRequest(join(auditDirectory, "executor"));
  const controller = await byRequest(join(auditDirectory, "controller"));
  const problems = requests.flatMap((request) => {
    const uid = request.metadata.uid ?? "";
    const seen: Seen = {
      request,
      marks: marks.get(uid) ?? 0,
      acts: executor.get(uid) ?? [],
      decisions: controller.get(uid) ?? [],
      effectAt: history?.effectAt.get(uid),
      undone: evidence.restored?.has(uid) ?? false,
    };
    return rules.flatMap((rule) => rule(seen)).map((problem) => `${request.metadata.name} (${uid}): ${problem}`);
  });
  const known = new Set(requests.map(({ metadata }) => metadata.uid ?? ""));
  for (const [uid] of marks) {
    if (!known.has(uid) && !executor.get(uid)?.some(({ type }) => type === "execution.intent"))
      problems.push(`a mark of ${uid}, of which the log knows nothing`);
  }
  return [
    ...problems,
    ...(history?.problems ?? []),
    ...(await credentialsLeft(client, known)),
    ...verifyLogs(auditDirectory),
  ];
}

interface Seen {
  request: ActionRequest;
  marks: number;
  /** Events of the executor's log. */
  acts: readonly AuditEvent[];
  /** Events of the controller's log. */
  decisions: readonly AuditEvent[];
  effectAt: number | undefined;
  undone: boolean;
}

type Rule = (seen: Seen) => string[];

const once: Rule = ({ marks, undone }) =>
  marks > (undone ? 0 : 1) ? [`it was done ${undone ? "again" : `${marks} times`}`] : [];

const intentFirst: Rule = ({ marks, acts, effectAt }) => {
  const intents = acts.filter(({ type }) => type === "execution.intent");
  if (intents.length > 1) return [`${intents.length} intents`];
  const [intent] = intents;
  const later =
    intent === undefined ? [] : acts.filter(({ type, seq }) => type === "credential.issued" && seq < intent.seq);
  return [
    ...(marks > 0 && intent === undefined ? ["it was done without an intent in the log"] : []),
    ...(intent && effectAt !== undefined && Date.parse(intent.time) > effectAt
      ? ["it was done before its intent"]
      : []),
    ...later.map(() => "a credential was issued before the intent"),
  ];
};

const settled: Rule = ({ request }) => {
  if (waitsForPerson(request))
    return request.spec.action === blindTally ? [] : ["it waits for a person, though it can be looked for"];
  return [
    ...(statusOf(request, "Finished") === "True" ? [] : ["it never finished"]),
    ...(request.status?.settled === true ? [] : ["it never settled"]),
  ];
};

const truthful: Rule = ({ request, marks, acts, undone }) => {
  if (waitsForPerson(request)) return [];
  const reason = reasonOf(request, "Ready");
  const outcomes = acts.filter(({ type }) => type === "execution.outcome");
  const result = outcomes.at(-1)?.data.result;
  const told = request.status?.execution?.result;
  const wrong = `${reason} (${told}), ${result ?? "nothing"} in the log, ${marks} in the world: ${request.status?.execution?.reason}`;
  if (reason === "Succeeded")
    return marks === (undone ? 0 : 1) && told === "SUCCESS" && result === "SUCCESS" ? [] : [wrong];
  if (reason === "Failed") return marks === 0 && told !== "SUCCESS" && result === told ? [] : [wrong];
  return [wrong];
};

const recorded: Rule = ({ request, acts, decisions }) => {
  const { decision, outcome, intent } = request.status?.audit ?? {};
  const made = decisions.find(({ seq }) => seq === decision?.index);
  const ended = acts.find(({ seq }) => seq === outcome?.index);
  const begun = acts.find(({ seq }) => seq === intent?.index);
  return [
    ...(made?.type === "decision.made" ? [] : [`its decision record is ${made?.type}`]),
    ...(waitsForPerson(request) || ended?.type === "execution.outcome" ? [] : [`its outcome record is ${ended?.type}`]),
    ...(intent === undefined || begun?.type === "execution.intent" ? [] : [`its intent record is ${begun?.type}`]),
  ];
};

const rules: readonly Rule[] = [once, intentFirst, settled, truthful, recorded];

async function byRequest(dir: string): Promise<Map<string, AuditEvent[]>> {
  const { events } = await lastEvents(dir, 1_000_000, {});
  const found = new Map<string, AuditEvent[]>();
  for (const event of events) {
    const uid = event.action?.uid;
    if (uid !== undefined) found.set(uid, [...(found.get(uid) ?? []), event]);
  }
  return found;
}

async function credentialsLeft(client: KubeClient, uids: ReadonlySet<string>): Promise<string[]> {
  const { items } = await client.list<CredentialSecret>(SECRETS, {
    namespace: CREDENTIALS_NAMESPACE,
    fieldSelector: `type=${CREDENTIAL_SECRET_TYPE}`,
  });
  return items
    .filter((secret) => !isTombstone(secret) && uids.has((secret.metadata.name ?? "").split("-").slice(0, 5).join("-")))
    .map(({ metadata }) => `a credential is left: ${metadata.name}`);
}

/** Both logs by the command that an auditor runs. */
export function verifyLogs(auditDirectory: string): string[] {
  const args = ["cli/agent-safe.ts", "audit", "verify", "--log", auditDirectory];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  return status === 0 ? [] : [`audit verify ended with ${status}: ${stdout}${stderr}`];
}
