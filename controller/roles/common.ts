import { LEASE_NAMES } from "../api/constants.ts";
import { createGuard, type Guard } from "../guard/guard.ts";
import { createGuardMetrics } from "../guard/metrics.ts";
import {
  createEvents,
  createInformer,
  createLease,
  dropManagedFields,
  type Events,
  type Informer,
  type KubeObject,
  type Lease,
  type Resource,
} from "../runtime/index.ts";
import type { RoleContext } from "./context.ts";

/** The two roles that decide or act: they guard their ground, lead by a lease, and tell by events. */
type ActingRole = "controller" | "executor";

/** An informer with the process's logger and metrics. */
export function inform<T extends KubeObject>(
  { client, clock, logger, metrics }: RoleContext,
  resource: Resource,
  fieldSelector?: string,
  namespace?: string,
): Informer<T> {
  const transform = dropManagedFields;
  return createInformer<T>({
    client,
    resource,
    namespace,
    fieldSelector,
    transform,
    clock,
    logger,
    metrics: metrics.informer,
  });
}

/** The guard over the admission rules that this role rests on. */
export function createRoleGuard({ client, clock, logger, metrics, settings }: RoleContext, role: ActingRole): Guard {
  const places = {
    systemNamespace: settings.systemNamespace,
    credentialsNamespace: settings.credentialsNamespace,
  };
  return createGuard({ client, role, places, clock, logger, metrics: createGuardMetrics(metrics.registry) });
}

/** The role's lease; losing it ends the process at once, for another may lead by then. */
export function createRoleLease(context: RoleContext, role: ActingRole): Lease {
  const { client, clock, holder, logger, metrics, monotonic, settings } = context;
  return createLease({
    client,
    namespace: settings.systemNamespace,
    name: LEASE_NAMES[role],
    identity: holder,
    clock,
    monotonic,
    onLost: (reason) => context.die(`the lease was lost: ${reason}`),
    logger,
    metrics,
  });
}

/** Events of this process. */
export function createRoleEvents({ client, holder, logger, metrics }: RoleContext, role: ActingRole): Events {
  return createEvents({
    client,
    reportingController: `agentsafe.dev/${role}`,
    reportingInstance: holder,
    logger,
    metrics,
  });
}
