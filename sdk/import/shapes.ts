import {
  ENVIRONMENTS,
  PARAMETER_TYPES,
  RISK_CLASSES,
  RULE_DECISIONS,
  SENSITIVITIES,
} from "../../controller/api/vocabulary.ts";
import {
  anything,
  boolean,
  integer,
  list,
  mapOf,
  matching,
  number,
  oneOf,
  optional,
  type Read,
  record,
  required,
  text,
  withDefault,
} from "./shape.ts";

const constraints = record({
  min_value: optional(number()),
  max_value: optional(number()),
  min_length: optional(integer()),
  max_length: optional(integer()),
  pattern: optional(text),
  enum: optional(list(text)),
});

const parameter = record({
  name: required(text),
  type: required(oneOf(PARAMETER_TYPES)),
  required: withDefault(boolean, true),
  description: withDefault(text, ""),
  default: optional(anything),
  constraints: optional(constraints),
});

/** A file of `actions/`. */
export const pythonAction = record({
  name: required(matching(/^[a-z][a-z0-9-]*$/)),
  version: required(matching(/^\d+\.\d+\.\d+$/)),
  description: required(text),
  parameters: withDefault(list(parameter), []),
  risk_class: required(oneOf(RISK_CLASSES)),
  target_types: required(list(text, 1)),
  prechecks: withDefault(list(record({ name: required(text), description: required(text) })), []),
  reversible: withDefault(boolean, false),
  rollback_action: optional(text),
  required_privileges: withDefault(list(text), []),
  tags: withDefault(list(text), []),
  credentials: optional(
    record({
      type: required(text),
      fields: withDefault(mapOf(anything), new Map()),
      ttl: withDefault(integer(1), 300),
    }),
  ),
  state_fields: withDefault(
    list(
      record({
        name: required(text),
        description: withDefault(text, ""),
        type: withDefault(text, "any"),
        required: withDefault(boolean, false),
      }),
    ),
    [],
  ),
  rollback_params: withDefault(mapOf(record({ source: required(text) })), new Map()),
});

const window = record({
  days: optional(list(integer())),
  start_hour: withDefault(integer(0, 23), 0),
  end_hour: withDefault(integer(0, 23), 23),
});

const rule = record({
  name: required(text),
  description: withDefault(text, ""),
  priority: withDefault(integer(), 0),
  match: required(
    record({
      actions: withDefault(list(text), ["*"]),
      targets: optional(
        record({
          environments: optional(list(oneOf(ENVIRONMENTS))),
          sensitivities: optional(list(oneOf(SENSITIVITIES))),
          types: optional(list(text)),
          labels: optional(mapOf(text)),
        }),
      ),
      callers: optional(
        record({
          agent_ids: optional(list(text)),
          roles: optional(list(text)),
          groups: optional(list(text)),
          delegated_from: optional(list(text)),
          max_delegation_depth: optional(integer()),
          require_delegation: optional(boolean),
        }),
      ),
      time_windows: optional(list(window)),
      risk_classes: optional(list(oneOf(RISK_CLASSES))),
      require_ticket: optional(boolean),
    }),
  ),
  decision: required(oneOf(RULE_DECISIONS)),
  reason: required(text),
});

/** A file of `policies/`. */
export const pythonPolicies = record({ rules: required(list(rule)) });

const target = record({
  id: required(text),
  type: required(text),
  environment: required(oneOf(ENVIRONMENTS)),
  sensitivity: required(oneOf(SENSITIVITIES)),
  owner: withDefault(text, ""),
  labels: withDefault(mapOf(text), new Map()),
});

/** The inventory. */
export const pythonInventory = record({ targets: required(list(target)) });

const rateLimit = record({
  max_requests: withDefault(integer(1), 100),
  window_seconds: withDefault(number(0), 60),
  circuit_breaker_threshold: withDefault(integer(0), 0),
  circuit_breaker_window_seconds: withDefault(number(0), 60),
  circuit_breaker_cooldown_seconds: withDefault(number(0), 300),
});

const cumulativeRisk = record({
  window_seconds: withDefault(number(0), 3600),
  risk_scores: withDefault(
    mapOf(integer()),
    new Map([
      ["low", 1],
      ["medium", 5],
      ["high", 15],
      ["critical", 50],
    ]),
  ),
  escalation_threshold: withDefault(integer(1), 30),
  deny_threshold: withDefault(integer(1), 75),
});

/** `agent-safe.yaml`. */
export const pythonConfig = record({
  registry: optional(text),
  policies: optional(text),
  inventory: optional(text),
  audit_log: optional(text),
  signing_key: optional(anything),
  issuer: optional(text),
  rate_limit: optional(rateLimit),
  cumulative_risk: optional(cumulativeRisk),
});

export type PythonAction = Read<typeof pythonAction>;
export type PythonParameter = PythonAction["parameters"][number];
export type PythonConstraints = NonNullable<PythonParameter["constraints"]>;
export type PythonRule = Read<typeof rule>;
export type PythonWindow = Read<typeof window>;
export type PythonTarget = Read<typeof target>;
export type PythonConfig = Read<typeof pythonConfig>;
