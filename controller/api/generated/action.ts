// Generated from crds/action.yaml by hack/generate.ts. Do not edit.
import type { Condition, ObjectMeta } from "../object.ts";

/**
 * An entry of the catalog, which says what may be asked for, with which parameters, at which risk, and how it is done.
 */
export interface Action {
  apiVersion: "agentsafe.dev/v1alpha1";
  kind: "Action";
  metadata: ObjectMeta;
  spec: ActionSpec;
  status?: ActionStatus;
}
/**
 * What the action is, what it takes and what it does.
 */
export interface ActionSpec {
  /**
   * Version of the definition, three numbers. A changed definition has a changed digest whatever it says here.
   */
  version: string;
  /**
   * What the action does, in words for the person who approves it.
   */
  description: string;
  /**
   * Risk of the action by itself. The sensitivity of the target raises or lowers it to the effective risk.
   */
  riskClass: "low" | "medium" | "high" | "critical";
  /**
   * Types of target (`spec.type` of a Target) that the action fits. A request for a target of another type is denied.
   *
   * Items: A type of target.
   */
  targetTypes: string[];
  /**
   * Parameters that a request may give. A parameter that is not declared here is refused.
   */
  parameters?: ActionParameter[];
  /**
   * Parameters whose value the target gives, by parameter name. A value is a path such as `target.namespace`, `target.name` or `target.labels.app`, which the parameter must equal and which fills it when it is absent; or `{ownedBy: target}`, which says that the parameter names the target's own object or one that it owns, as a Deployment owns its pods, checked live before the effect.
   */
  bindings?: {
    [k: string]: string | {ownedBy: "target"};
  };
  /**
   * Checks that must pass, live, before the effect. One that fails ends the request with nothing done.
   */
  prechecks?: Precheck[];
  /**
   * What is recorded, before and after, of the object that the call acts on, each field read by a path. Nothing else of it is kept.
   */
  stateFields?: StateField[];
  /**
   * Whether a finished request of this action can be undone by `rollback`.
   */
  reversible?: boolean;
  rollback?: ActionRollback;
  /**
   * Privileges that the action needs, such as `apps/deployments:patch`. Documentation; `credentials` is what is granted.
   *
   * Items: A privilege.
   */
  requiredPrivileges?: string[];
  credentials?: ActionCredentials;
  execution: ActionExecution;
  redaction?: ActionRedaction;
  /**
   * Words to find the action by.
   *
   * Items: A tag.
   */
  tags?: string[];
}
/**
 * One parameter.
 */
export interface ActionParameter {
  /**
   * Name of the parameter, a key of `spec.params` of a request.
   */
  name: string;
  /**
   * Type of the value. An integer is not a number with a fraction of zero, and a boolean is neither.
   */
  type: "string" | "integer" | "number" | "boolean" | "array";
  /**
   * Whether a request must give it. A bound parameter may be left out all the same, because the target gives it.
   */
  required?: boolean;
  /**
   * What the parameter means.
   */
  description?: string;
  /**
   * Value that an absent optional parameter takes before the request is judged. It must satisfy type and constraints.
   */
  default?: unknown;
  constraints?: ParameterConstraints;
}
/**
 * Bounds of the value. All of them must hold.
 */
export interface ParameterConstraints {
  /**
   * Smallest number that is allowed.
   */
  minimum?: number;
  /**
   * Largest number that is allowed.
   */
  maximum?: number;
  /**
   * Smallest length of a string, in code points.
   */
  minLength?: number;
  /**
   * Largest length of a string, in code points.
   */
  maxLength?: number;
  /**
   * Smallest number of items of an array.
   */
  minItems?: number;
  /**
   * Largest number of items of an array.
   */
  maxItems?: number;
  /**
   * RE2 regular expression that the whole string must match.
   */
  pattern?: string;
  /**
   * Values that are allowed, of the parameter's type.
   *
   * Items: A value.
   */
  enum?: unknown[];
}
/**
 * One check. Without `require` it asks that the object that it reads exists.
 */
export interface Precheck {
  /**
   * Name of the check.
   */
  name: string;
  /**
   * What the check protects from.
   */
  description?: string;
  read?: PrecheckRead;
  /**
   * CEL that must be true. It knows `object` (what was read by name, or null when it does not exist), `items` (what was listed), `target`, `params`, `request` and `now`.
   */
  require?: string;
  /**
   * What a person is told when the check fails.
   */
  message?: string;
}
/**
 * What to read for the check. The default is the target's own object.
 */
export interface PrecheckRead {
  /**
   * API version of what is read, such as `autoscaling/v2`.
   */
  apiVersion: string;
  /**
   * Kind of what is read.
   */
  kind: string;
  /**
   * Its namespace: a path such as `target.namespace` or `params.namespace`, or a template. Absent means cluster-wide.
   */
  namespace?: string;
  /**
   * Its name: a path such as `target.name` or `params.pod`, or a template. Absent means that all are listed.
   */
  name?: string;
  /**
   * Label selector of a list.
   */
  labelSelector?: string;
  /**
   * Field selector of a list.
   */
  fieldSelector?: string;
}
/**
 * One field of the state.
 */
export interface StateField {
  /**
   * Name of the field, used as `before_state.<name>` in templates.
   */
  name: string;
  /**
   * What the field tells.
   */
  description?: string;
  /**
   * Type that the value must have.
   */
  type?: "string" | "integer" | "number" | "boolean" | "array" | "object" | "any";
  /**
   * JMESPath over the observed object. It may hold templates such as `{{ params.key }}`, whose values are quoted.
   */
  path: string;
  /**
   * Whether the effect is refused when the field can't be read before it.
   */
  required?: boolean;
}
/**
 * Which action undoes this one, and with which parameters.
 */
export interface ActionRollback {
  /**
   * Name of the action that undoes this one.
   */
  action: string;
  /**
   * Templates of its parameters over `params`, `target` and `before_state`.
   */
  params?: Record<string, unknown>;
}
/**
 * The credential that one execution gets, and no more than that.
 */
export interface ActionCredentials {
  /**
   * Name of the CredentialProvider that issues it.
   */
  provider: string;
  /**
   * Longest time until it is revoked, as in `5m`. It is revoked sooner when the execution ends.
   */
  revokeAfter?: string;
  /**
   * RBAC rules of a Kubernetes credential, one per thing that is read or written.
   */
  rules?: CredentialRule[];
  /**
   * API actions of an AWS session policy, such as `ec2:StopInstances`.
   *
   * Items: An API action, without wildcards.
   */
  actions?: string[];
  /**
   * Templates of the ARNs that an AWS session policy names, such as `{{ target.arn }}`. A value may never bring in a wildcard.
   *
   * Items: A template of an ARN.
   */
  resources?: string[];
}
/**
 * One RBAC rule with the scope in which it is granted.
 */
export interface CredentialRule {
  /**
   * API groups, the empty string being the core group.
   *
   * Items: An API group.
   */
  apiGroups: string[];
  /**
   * Resources and subresources, such as `deployments/scale`.
   *
   * Items: A resource.
   */
  resources: string[];
  /**
   * Verbs that are granted.
   *
   * Items: A verb.
   */
  verbs: string[];
  /**
   * How far the rule reaches: `target` names the object of the registered targets, `namespace` is the namespace of the target, and `cluster` is everywhere.
   */
  scope: "target" | "namespace" | "cluster";
}
/**
 * How the action is done. Exactly one of `kubernetes`, `aws` and `handler` says what it calls.
 */
export interface ActionExecution {
  /**
   * Which executor runs it: `kubernetes`, `aws`, or `dry-run`, which touches nothing at all.
   */
  executor?: string;
  /**
   * Audience of the ticket. Only executors that serve it take the ticket.
   */
  audience?: string;
  /**
   * Whether doing it twice is the same as doing it once.
   */
  idempotent?: boolean;
  /**
   * CEL that tells whether it was done, asked after a crash. It knows `object` (what the call acts on, null when it does not exist), `params`, `target`, `before_state`, `request` and `now`. Without it a person resolves an unknown outcome.
   */
  observe?: string;
  /**
   * Longest time that the call and the wait after it may take, as in `5m`.
   */
  timeout?: string;
  kubernetes?: KubernetesExecution;
  aws?: AwsExecution;
  handler?: HandlerExecution;
  output?: ExecutionOutput;
}
/**
 * One call to the Kubernetes API.
 */
export interface KubernetesExecution {
  /**
   * What is done.
   */
  verb: "get" | "list" | "create" | "patch" | "delete" | "evict";
  /**
   * API version of the resource, such as `apps/v1`. The default is that of the target's object.
   */
  apiVersion?: string;
  /**
   * Plural name of the resource, with a subresource if need be, such as `deployments/scale`.
   */
  resource: string;
  /**
   * Template of the namespace. The default is that of the target's object.
   */
  namespace?: string;
  /**
   * Template of the name. The default is that of the target's object.
   */
  name?: string;
  /**
   * Kind of patch. The default is `merge`.
   */
  patchType?: "merge" | "strategic" | "json" | "apply";
  /**
   * Template of the patch: an object, or a list of operations for the type `json`.
   */
  patch?: unknown;
  /**
   * Template of the object that is created.
   */
  body?: Record<string, unknown>;
  /**
   * Template of the grace period of a deletion, such as `{{ params.grace_period }}`.
   */
  gracePeriodSeconds?: string;
  /**
   * What happens to the objects that a deleted one owns.
   */
  propagationPolicy?: "Foreground" | "Background" | "Orphan";
  /**
   * What to wait for after the call: `rollout` of a workload, the object to be `deleted`, or the object to be there (`exists`).
   */
  waitFor?: "none" | "rollout" | "deleted" | "exists";
}
/**
 * One call to an AWS service.
 */
export interface AwsExecution {
  /**
   * Name of the service as the SDK's client package has it, such as `ec2`.
   */
  service: string;
  /**
   * Operation, such as `StopInstances`.
   */
  operation: string;
  /**
   * Template of the operation's input.
   */
  input?: Record<string, unknown>;
  observe?: AwsRead;
  /**
   * CEL over `object` that is awaited after the call.
   */
  waitFor?: string;
}
/**
 * The call that reads the resource's state.
 */
export interface AwsRead {
  /**
   * Name of the service. The default is that of the call.
   */
  service?: string;
  /**
   * Operation, such as `DescribeInstances`.
   */
  operation: string;
  /**
   * Template of the operation's input.
   */
  input?: Record<string, unknown>;
  /**
   * JMESPath of the object within the answer.
   */
  path?: string;
}
/**
 * A named handler in code, for what needs several steps.
 */
export interface HandlerExecution {
  /**
   * Name of the handler, such as `drain`.
   */
  handler: string;
  /**
   * Template of the handler's input.
   */
  input?: Record<string, unknown>;
}
/**
 * Where the answer of the call goes, and how much of it.
 */
export interface ExecutionOutput {
  /**
   * Nowhere, into `status.execution.output`, or into a Secret beside the request. What may be secret must not go to the status.
   */
  to?: "none" | "status" | "secret";
  /**
   * Bytes of it that are kept.
   */
  maxBytes?: number;
  /**
   * JMESPath of the part of the answer that is kept. The default is a short line that names the object.
   */
  path?: string;
}
/**
 * What must be shown only as a keyed digest in status, audit log, pull requests and reports.
 */
export interface ActionRedaction {
  /**
   * Names of parameters.
   *
   * Items: Name of a parameter.
   */
  params?: string[];
  /**
   * Names of state fields.
   *
   * Items: Name of a state field.
   */
  stateFields?: string[];
  /**
   * RE2 regular expressions whose matches are blanked out in the output.
   *
   * Items: A regular expression.
   */
  outputPatterns?: string[];
}
/**
 * What the controller has found.
 */
export interface ActionStatus {
  /**
   * Generation that this status is about. -1 until the object has been looked at.
   */
  observedGeneration?: number;
  /**
   * Digest of the object's name and spec, which tickets and decisions cite.
   */
  digest?: string;
  /**
   * State of the object: `Ready`, and `Reconciling` or `Stalled` only while they are true.
   */
  conditions?: Condition[];
}
