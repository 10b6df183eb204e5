import { digest, objectDigest } from "../api/digest.ts";
import type { Action, ActionPolicy, Target } from "../api/types.ts";
import type { Sensitivity } from "../api/vocabulary.ts";
import { actionNumber, type CompiledPolicy, compilePolicy } from "./rule.ts";
import { RuleIndex } from "./rule-index.ts";
import { type IndexedTarget, TargetIndex } from "./target-index.ts";
import type { Profile } from "./types.ts";

interface Versioned {
  metadata: { name: string; uid?: string; resourceVersion?: string };
}

/** Whether `next` is an older state of the same object; watches and writes may arrive out of order. */
function isOlder(next: Versioned, known: Versioned | undefined): boolean {
  if (!known || next.metadata.uid !== known.metadata.uid) return false;
  const a = next.metadata.resourceVersion;
  const b = known.metadata.resourceVersion;
  if (!a || !b || !/^[0-9]+$/.test(a) || !/^[0-9]+$/.test(b)) return false;
  return a.length !== b.length ? a.length < b.length : a < b;
}

export interface EngineOptions {
  profile?: Profile;
}

export interface EngineObjects {
  actions: Iterable<Action>;
  policies: Iterable<ActionPolicy>;
  targets: Iterable<Target>;
}

export type TargetLookup = { target: Target } | { error: "UnknownTarget" | "DuplicateTarget"; names: string[] };

/**
 * All that decisions depend on, compiled and indexed. It changes only by its own methods, one object at a time or whole; a
 * decision sees one state because it is synchronous.
 */
export class PolicyEngine {
  readonly profile: Profile;
  /** Rules of ordinary policies and of guardrails. */
  rules = new RuleIndex();
  guardrails = new RuleIndex();
  targets = new TargetIndex();
  #actions = new Map<string, Action>();
  #policies = new Map<string, CompiledPolicy>();
  readonly #actionDigests = new WeakMap<Action, string>();
  #digest: string | undefined;
  #names: string[] | undefined;

  constructor(options: EngineOptions = {}) {
    this.profile = options.profile ?? "strict";
  }

  upsertAction(action: Action): void {
    if (isOlder(action, this.#actions.get(action.metadata.name))) return;
    this.#actions.set(action.metadata.name, action);
    actionNumber(action.metadata.name);
    this.#names = undefined;
    this.#digest = undefined;
  }

  removeAction(name: string): void {
    this.#actions.delete(name);
    this.#names = undefined;
    this.#digest = undefined;
  }

  upsertPolicy(object: ActionPolicy): void {
    const { name } = object.metadata;
    if (isOlder(object, this.#policies.get(name)?.object)) return;
    this.removePolicy(name);
    const policy = compilePolicy(object);
    this.#policies.set(name, policy);
    const index = policy.guardrail ? this.guardrails : this.rules;
    for (const rule of policy.rules) index.add(rule);
  }

  removePolicy(name: string): void {
    const policy = this.#policies.get(name);
    this.#digest = undefined;
    if (!policy) return;
    const index = policy.guardrail ? this.guardrails : this.rules;
    for (const rule of policy.rules) index.remove(rule);
    this.#policies.delete(name);
  }

  upsertTarget(object: Target): void {
    if (isOlder(object, this.targets.byName.get(object.metadata.name)?.object)) return;
    this.targets.upsert(object);
    this.#digest = undefined;
  }

  removeTarget(name: string): void {
    this.targets.remove(name);
    this.#digest = undefined;
  }

  /** Takes a whole new state at once, as after a relist. */
  replaceAll(objects: EngineObjects): void {
    const policies = new Map<string, CompiledPolicy>();
    for (const object of objects.policies) policies.set(object.metadata.name, compilePolicy(object));
    const rules = new RuleIndex();
    const guardrails = new RuleIndex();
    const compiled = [...policies.values()];
    rules.addAll(compiled.filter((policy) => !policy.guardrail).flatMap((policy) => policy.rules));
    guardrails.addAll(compiled.filter((policy) => policy.guardrail).flatMap((policy) => policy.rules));
    const targets = new TargetIndex();
    for (const object of objects.targets) targets.upsert(object);
    this.#actions = new Map(Array.from(objects.actions, (action) => [action.metadata.name, action]));
    this.#names = undefined;
    for (const name of this.#actions.keys()) actionNumber(name);
    this.#policies = policies;
    this.rules = rules;
    this.guardrails = guardrails;
    this.targets = targets;
    this.#digest = undefined;
  }

  /** All policies, by name. */
  policies(): ActionPolicy[] {
    const names = [...this.#policies.keys()].sort();
    return names.flatMap((name) => this.#policies.get(name)?.object ?? []);
  }

  actionNames(): string[] {
    this.#names ??= [...this.#actions.keys()].sort();
    return [...this.#names];
  }

  getAction(name: string): Action | undefined {
    return this.#actions.get(name);
  }

  /** The Target of an id, unless there is none or several share its id or its resource. */
  findTarget(id: string): TargetLookup {
    const found = this.targets.find(id);
    return "error" in found ? found : { target: found.target.object };
  }

  /** How sensitive a target counts, containers included; undefined when the id does not resolve. */
  effectiveSensitivity(id: string): Sensitivity | undefined {
    const found = this.targets.find(id);
    return "error" in found ? undefined : this.sensitivityOf(found.target);
  }

  /** The sensitivity that counts under the profile; containers are a rule of `strict`. */
  sensitivityOf(target: IndexedTarget): Sensitivity {
    return this.profile === "compat" ? target.object.spec.sensitivity : this.targets.sensitivity(target);
  }

  actionDigest(action: Action): string {
    let value = this.#actionDigests.get(action);
    if (value === undefined) {
      value = objectDigest(action);
      this.#actionDigests.set(action, value);
    }
    return value;
  }

  /** Digest of all actions, policies and targets; changes whenever one of them does. Costs a walk over all after a change. */
  digest(): string {
    this.#digest ??= digest({
      actions: [...this.#actions.values()].map((action) => this.actionDigest(action)).sort(),
      policies: [...this.#policies.values()].map(policyDigest).sort(),
      targets: [...this.targets.byName.values()].map(targetDigest).sort(),
      profile: this.profile,
    });
    return this.#digest;
  }
}

/** Digest of a policy's name and spec, computed once. */
export function policyDigest(policy: CompiledPolicy): string {
  policy.digest ??= objectDigest(policy.object);
  return policy.digest;
}

/** Digest of a target's name and spec, computed once. */
export function targetDigest(target: IndexedTarget): string {
  target.digest ??= objectDigest(target.object);
  return target.digest;
}
