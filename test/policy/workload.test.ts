import test from "ava";
import { benchDecision } from "../../hack/bench/decision.ts";

for (const profile of ["team", "miss"] as const) {
  test(`every answer of the workload is right: ${profile}`, (t) => {
    t.notThrows(() => benchDecision({ policies: 300, targets: 200, requests: 1500, rounds: 1, profile }));
  });
}
