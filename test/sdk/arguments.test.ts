import test from "ava";
import { AgentSafe } from "../../sdk/agent-safe.ts";
import type { CheckInput } from "../../sdk/check.ts";
import type { CheckPlanInput } from "../../sdk/check-plan.ts";
import type { AgentSafeOptions } from "../../sdk/options.ts";
import { SCAFFOLD } from "./project/support.ts";

const request = { action: "restart-deployment", target: "dev/web", agent: "deploy-bot" };

/** As a program without types gives it. */
const untyped = <T>(value: unknown): T => value as T;

test("what a program without types gives is refused by the field, never ignored and never half understood", async (t) => {
  const agentSafe = new AgentSafe({ dirs: SCAFFOLD, env: {} });
  t.is((await agentSafe.check(request)).result, "allow");
  for (const [input, message] of [
    [undefined, /^must be an object with fields such as action/],
    [{ target: "dev/web" }, /^action is required/],
    [{ ...request, action: {} }, /^action must be a string/],
    [{ ...request, target: [] }, /^target must be a string/],
    [{ ...request, agnet: "x" }, /^"agnet" is not a field; did you mean agent\?/],
    [{ ...request, constructor: 1 }, /^"constructor" is not a field/],
    [{ ...request, dryRun: "false" }, /^dryRun must be a boolean/],
    [{ ...request, agent: 7 }, /^agent must be a mapping/],
    // a text has "includes" too: it would hold every role that is a part of it
    [
      { ...request, agent: { agentId: "x", roles: "no-deployer" }, assume: true },
      /^agent\.roles must be a list of texts/,
    ],
    [{ ...request, time: "tomorrow" }, /^time: "tomorrow" is no time/],
  ] as const)
    await t.throwsAsync(() => agentSafe.check(untyped<CheckInput>(input)), {
      name: "SdkError",
      code: "BadArgument",
      message,
    });
  for (const [input, message] of [
    [{ agent: "deploy-bot" }, /^spec\.steps: is required/],
    [{ agent: "deploy-bot", steps: [{ ...request }] }, /^spec\.steps\[0\]/],
    [{ stpes: [] }, /did you mean steps\?/],
  ] as const)
    await t.throwsAsync(() => agentSafe.checkPlan(untyped<CheckPlanInput>(input)), { code: "BadArgument", message });
  // another project would be judged by
  t.throws(() => new AgentSafe(untyped<AgentSafeOptions>({ dir: "policies" })), {
    code: "BadArgument",
    message: /did you mean dirs\?/,
  });
});
