import { actionBits, actionCount, type CompiledRule, compareRules } from "./rule.ts";

/** Numbers per rule in a screen: bits of its actions, bits of its closed sets, its priority, bits of its labels. */
export const SCREEN_WIDTH = 4;
/** Bits of the closed sets within a screen: environments, sensitivities, risks. */
export const ENVIRONMENT_BITS = 0b111;
export const SENSITIVITY_BITS = 0b1111 << 3;
export const RISK_BITS = 0b1111 << 7;

const MAX_INT = 0x7fffffff;

/** A priority as it stands in a screen; keeps the order. */
export function screenPriority(priority: number): number {
  return Math.max(-MAX_INT, Math.min(MAX_INT, priority));
}

function clear(rule: CompiledRule): number {
  return (
    (rule.environments & ENVIRONMENT_BITS) |
    ((rule.sensitivities << 3) & SENSITIVITY_BITS) |
    ((rule.risks << 7) & RISK_BITS)
  );
}

/**
 * Rules that share a selector value, in the order in which they are looked at, with a screen beside them: a few numbers per
 * rule that lie together in memory and turn most rules away before they are touched.
 */
export class Posting {
  readonly rules: CompiledRule[] = [];
  #screen: Int32Array | undefined;
  #actions = 0;

  insert(rule: CompiledRule): void {
    this.rules.splice(this.#position(rule), 0, rule);
    this.#screen = undefined;
  }

  /** Adds at the end; `sort` must follow. */
  append(rule: CompiledRule): void {
    this.rules.push(rule);
  }

  sort(): void {
    this.rules.sort(compareRules);
    this.#screen = undefined;
  }

  remove(rule: CompiledRule): void {
    const at = this.#position(rule);
    if (this.rules[at] === rule) this.rules.splice(at, 1);
    this.#screen = undefined;
  }

  /** The screen, made anew when rules have changed or when it has never heard of the action. */
  screen(actionNumber: number): Int32Array {
    if (this.#screen && actionNumber < this.#actions) return this.#screen;
    this.#actions = actionCount();
    const screen = new Int32Array(this.rules.length * SCREEN_WIDTH);
    let at = 0;
    for (const rule of this.rules) {
      screen[at++] = actionBits(rule);
      screen[at++] = clear(rule);
      screen[at++] = screenPriority(rule.priority);
      screen[at++] = rule.labelBits;
    }
    this.#screen = screen;
    return screen;
  }

  #position(rule: CompiledRule): number {
    let low = 0;
    let high = this.rules.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.rules[middle];
      if (other && compareRules(other, rule) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
