import type { Executor } from "./executor.ts";

/** Touches nothing at all: every request it takes ends as SKIPPED. */
export const dryRunExecutor: Executor = {
  name: "dry-run",
  needsCredential: false,
  async execute({ action }) {
    const prechecks = (action.spec.prechecks ?? []).map(({ name }) => ({ name, passed: true, message: "not run" }));
    return { result: "SKIPPED", reason: "Skipped", message: "The dry-run executor touches nothing.", prechecks };
  },
  async observe() {
    return { done: false, message: "The dry-run executor touches nothing." };
  },
};
