import { randomUUID } from "node:crypto";
import {
  ACTION_PLANS,
  ACTION_POLICIES,
  ACTION_REQUESTS,
  ACTIONS,
  AGENTS,
  CONTROLLER_ENDPOINT_NAME,
  DELEGATIONS,
  RISK_PROFILES,
  roleUsername,
  SERVICE_ACCOUNTS,
  TARGETS,
  ticketIssuer,
} from "../api/constants.ts";
import type {
  Action,
  ActionPlan,
  ActionPolicy,
  ActionRequest,
  Agent,
  Delegation,
  RiskProfile,
  Target,
} from "../api/types.ts";
import { AgentIndex } from "../identity/agent-index.ts";
import { DelegationIndex } from "../identity/delegation-index.ts";
import { Ledger } from "../limits/ledger.ts";
import { PolicyEngine } from "../policy/engine.ts";
import { createAccounts } from "../reconcilers/accounts.ts";
import { createAgentStatus } from "../reconcilers/agent-status.ts";
import { createAuditStatus } from "../reconcilers/audit-status.ts";
import { createBudgets } from "../reconcilers/budgets.ts";
import { createFreshness } from "../reconcilers/freshness.ts";
import { createJudge } from "../reconcilers/judge.ts";
import { createLiveReads } from "../reconcilers/live-reads.ts";
import { every } from "../reconcilers/periodic.ts";
import { createPlanReconciler } from "../reconcilers/plan.ts";
import { createStepRequests } from "../reconcilers/plan-step-requests.ts";
import { rejectionRecorder } from "../reconcilers/rejection-record.ts";
import { createRejectionsEndpoint } from "../reconcilers/rejections.ts";
import { createRequestReconciler } from "../reconcilers/request.ts";
import { createRequestMetrics } from "../reconcilers/request-metrics.ts";
import { createRetention } from "../reconcilers/retention.ts";
import { createRiskLimitsIndex } from "../reconcilers/risk-limits.ts";
import {
  type Controller,
  type Informer,
  type KubeObject,
  parseAddress,
  progressCheck,
  syncedCheck,
} from "../runtime/index.ts";
import { issueTicket } from "../tickets/issue.ts";
import { createTicketKeys } from "../tickets/keys.ts";
import { superviseApprovals } from "./approvals.ts";
import { createRoleEvents, createRoleGuard, createRoleLease, inform } from "./common.ts";
import type { RoleContext, RunningRole } from "./context.ts";
import { createDeciderQueues } from "./decider-queues.ts";
import { superviseDefinitions } from "./definitions.ts";
import { superviseDelegations } from "./delegations.ts";
import { createRoleLog } from "./log.ts";

const minuteMs = 60_000;

/** The decider: informers feed the engine and the queues, one reconciler judges, a few keep the house. */
export async function runController(context: RoleContext): Promise<RunningRole> {
  const { client, clock, logger, metrics, settings } = context;
  // Work ends before the log and the lease do, so the informers have a signal of their own.
  const working = new AbortController();
  const controllers: Controller[] = [];

  const actions = inform<Action>(context, ACTIONS);
  const policies = inform<ActionPolicy>(context, ACTION_POLICIES);
  const targets = inform<Target>(context, TARGETS);
  const agentObjects = inform<Agent>(context, AGENTS);
  const riskProfiles = inform<RiskProfile>(context, RISK_PROFILES);
  const delegationObjects = inform<Delegation>(context, DELEGATIONS);
  const requests = inform<ActionRequest>(context, ACTION_REQUESTS, "status.settled!=true");
  const plans = inform<ActionPlan>(context, ACTION_PLANS, "status.settled!=true");
  const accountObjects = inform<KubeObject>(context, SERVICE_ACCOUNTS, undefined, settings.credentialsNamespace);
  const accounts = createAccounts(
    (name) => accountObjects.get(`${settings.credentialsNamespace}/${name}`) !== undefined,
  );
  const definitionsOf = [actions, policies, targets, agentObjects, riskProfiles, delegationObjects] as const;

  const engine = new PolicyEngine({ profile: "strict" });
  const agents = new AgentIndex();
  const delegations = new DelegationIndex();
  const profiles = createRiskLimitsIndex(agents);
  const queues = createDeciderQueues(context, { requests, plans });

  // A request may be judged again as long as it is not decided, and a plan's steps as long as the plan is.
  const judgedForMs = settings.decisionTimeoutMs + 5 * minuteMs;
  const ledger = new Ledger({ keepMs: judgedForMs });
  const budgets = createBudgets({ ledger, profiles, profilesKnown: riskProfiles.synced, clock, judgedForMs, logger });
  const audit = createRoleLog(context, queues.judgeAll, (log) => budgets.load(log));
  const keys = createTicketKeys({
    client,
    namespace: settings.systemNamespace,
    issuer: ticketIssuer(context.clusterUid),
    clock,
    newKeyId: randomUUID,
    logger,
  });
  const guard = createRoleGuard(context, "controller");
  const events = createRoleEvents(context, "controller");
  const lease = createRoleLease(context, "controller");

  const definitions = superviseDefinitions(context, {
    ...{ actions, policies, targets, agentObjects, riskProfiles, delegationObjects },
    ...{ engine, agents, delegations, profiles, accounts },
    judgeAll: queues.judgeAll,
    judgeDependents: queues.judgeDependents,
    onLimits: () => budgets.widen(audit.current()),
  });
  controllers.push(...definitions.controllers);
  controllers.push(
    superviseDelegations(context, { agents, delegations, delegationObjects, agentObjects, audit, lease }),
  );
  accountObjects.on({
    add: (_, { initial }) => {
      if (initial) return;
      definitions.reexamineTargets();
      queues.judgeAll();
    },
    delete: definitions.reexamineTargets,
  });

  const decisionMetrics = createRequestMetrics(metrics.registry);
  const judge = createJudge({
    ...{ engine, agents, delegations, profiles, ledger, budgets, clock },
    metrics: decisionMetrics,
  });
  const reads = createLiveReads(client, 10_000);
  const freshness = createFreshness({
    ...{ client, reads, engine, agents, delegations, profiles, policies, targets },
    resolve: judge.resolve,
    nonce: randomUUID,
    timeoutMs: 10_000,
  });
  const deciding = {
    ...{ client, engine, judge, accounts, freshness, audit, budgets, guard, clock, events },
    decisionTimeoutMs: settings.decisionTimeoutMs,
    metrics: decisionMetrics,
  };
  const approvals = superviseApprovals(context, {
    ...{ requests, policies, agents, engine, audit, guard, events, lease },
  });
  const informers: readonly Startable[] = [...definitionsOf, requests, plans, accountObjects, approvals.informer];
  controllers.push(...approvals.controllers);
  controllers.push(
    queues.requestController(lease, (gate) =>
      createRequestReconciler({
        ...deciding,
        ...{ gate, requests, plans, rounds: approvals.rounds },
        readPlan: reads.plan,
        issueTicket: (subject) => issueTicket(keys.signer(), subject, { now: clock() }),
        newTicketId: randomUUID,
      }),
    ),
    queues.planController(lease, (gate) =>
      createPlanReconciler({
        ...deciding,
        ...{ gate, plans, ledger },
        steps: createStepRequests({ client, requests, clock, timeoutMs: 10_000 }),
      }),
    ),
  );

  const rejections = createRejectionsEndpoint({
    client,
    clock,
    logger,
    configMap: { namespace: settings.systemNamespace, name: CONTROLLER_ENDPOINT_NAME },
    url: settings.rejectionsUrl,
    username: roleUsername("webhook", settings.systemNamespace),
    record: rejectionRecorder(audit),
  });
  const agentStatus = createAgentStatus({
    ...{ client, ledger, clock, agents: agentObjects },
    limitsOf(agent) {
      const found = profiles.limitsOf(agent);
      return "limits" in found ? found.limits : undefined;
    },
  });
  const background = startBackground(context, working.signal, {
    agentStatus: async () => (lease.isLeader() && budgets.unavailable() === "" ? agentStatus() : undefined),
    informers,
    guard,
    keys,
    audit,
    budgets,
    rejections,
    lease,
    onLeading: () => {
      for (const controller of controllers) controller.start();
      logger.info({ requests: requests.size }, "leading: requests are decided");
    },
  });

  return {
    health: { informers: progressCheck(informers, clock) },
    ready: {
      informers: syncedCheck(informers),
      audit: () => audit.unavailable() || true,
      budgets: () => budgets.unavailable() || true,
      guard: () => guard.ready() || guard.reason(),
      keys: () => keys.ready() || "no ticket key yet",
    },
    async stop() {
      await Promise.all(controllers.map((controller) => controller.stop()));
      working.abort();
      await Promise.allSettled(background);
      await events.flush(2_000);
      await rejections.close();
      await audit.close();
      await lease.stop();
    },
  };
}

/** What is done with all informers alike, whatever they hold. */
type Startable = Pick<Informer<KubeObject>, "start" | "synced" | "hasSynced" | "lastEventAt" | "resource">;

interface Background {
  informers: readonly Startable[];
  guard: { start(signal: AbortSignal): Promise<void> };
  keys: { start(signal: AbortSignal): Promise<void> };
  audit: ReturnType<typeof createRoleLog>;
  budgets: ReturnType<typeof createBudgets>;
  agentStatus: () => Promise<void>;
  rejections: ReturnType<typeof createRejectionsEndpoint>;
  lease: { start(): Promise<void> };
  onLeading: () => void;
}

/** Starts everything that runs beside the reconcilers, and the reconcilers once caches are full and the lease is held. */
function startBackground(context: RoleContext, signal: AbortSignal, parts: Background): Promise<unknown>[] {
  const { client, clock, logger, settings } = context;
  const fatal = (what: string) => (error: unknown) => {
    if (!signal.aborted) context.die(`${what} failed: ${error instanceof Error ? error.message : String(error)}`);
  };
  const { host = "0.0.0.0", port } = parseAddress(settings.rejectionsAddress);
  const retentions = [ACTION_REQUESTS, ACTION_PLANS].map((resource) =>
    createRetention({ client, resource, clock, ttlMs: settings.finishedTtlMs, logger }),
  );
  const auditStatus = createAuditStatus({ client, clock, role: context.role, audit: parts.audit });
  const leading = Promise.all([...parts.informers.map((informer) => informer.synced), parts.lease.start()]).then(
    parts.onLeading,
  );
  return [
    ...parts.informers.map((informer) => informer.start(signal)),
    parts.guard.start(signal),
    parts.keys.start(signal).catch(fatal("the ticket key ring")),
    parts.audit.start(signal),
    parts.rejections
      .listen(host, port)
      .then(() => parts.rejections.run(signal))
      .catch(fatal("the rejections endpoint")),
    leading.catch(fatal("starting")),
    every(10_000, auditStatus, { signal, logger, name: "audit status" }),
    every(10_000, parts.agentStatus, { signal, logger, name: "agent status" }),
    ...retentions.map((retention) =>
      every(10 * minuteMs, () => retention(signal), { signal, logger, name: "retention" }),
    ),
    every(minuteMs, async () => parts.budgets.prune(), { signal, logger, name: "budgets" }),
  ];
}
