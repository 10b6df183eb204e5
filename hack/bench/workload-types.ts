/** Types of the seeded workload; see workload.mjs. */
export interface WorkloadSelectors {
  actions?: string[];
  environments?: ("dev" | "staging" | "prod")[];
  sensitivities?: ("public" | "internal" | "restricted" | "critical")[];
  target_types?: string[];
  labels?: Record<string, string>;
  agent_ids?: string[];
  roles?: string[];
  groups?: string[];
  risk_classes?: ("low" | "medium" | "high" | "critical")[];
  time_window?: { days: number[] | null; start_hour: number; end_hour: number };
}

export type Effect = "allow" | "deny" | "require_approval";

export interface WorkloadRequest {
  action: string;
  target: string;
  agent: string;
  timestamp: string;
  day?: number;
  hour?: number;
  expect: { effect: Effect; policy: string | null };
}

export interface Workload {
  actions: { name: string; risk_class: string; target_types: string[] }[];
  targets: { id: string; type: string; environment: string; sensitivity: string; labels: Record<string, string> }[];
  agents: { agent_id: string; roles: string[]; groups: string[] }[];
  policies: { name: string; priority: number; effect: Effect; reason: string; selectors: WorkloadSelectors }[];
  requests: WorkloadRequest[];
  risk_matrix: Record<string, Record<string, string>>;
  stats: Record<string, unknown>;
}

export interface GenerateOptions {
  policies?: number;
  targets?: number;
  requests?: number;
  seed?: number;
  profile?: "team" | "miss";
}

export interface Oracle {
  decide(request: WorkloadRequest | undefined): { effect: Effect; policy: string | null; depth: number };
}

/** What workload.mjs exports, as far as it is used. */
export interface WorkloadModule {
  generate(options?: GenerateOptions): Workload;
  oracle(workload: Workload): Oracle;
}
