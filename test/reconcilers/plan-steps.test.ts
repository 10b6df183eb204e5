import test from "ava";
import {
  chargeKeyOf,
  dependenciesOf,
  inOrder,
  type PlanStep,
  stepRequestNames,
  stepsProblem,
} from "../../controller/reconcilers/plan-steps.ts";
import { makePlan } from "./plan-make.ts";

function steps(...list: [name: string, dependsOn?: string[]][]): PlanStep[] {
  return list.map(([name, dependsOn]) => ({
    ...{ name, action: "restart-deployment", target: "dev/web" },
    ...(dependsOn === undefined ? {} : { dependsOn }),
  }));
}

const names = (list: readonly PlanStep[]) => list.map(({ name }) => name).join(" ");

test("a step that says nothing follows the one before it; an empty list is free at once", (t) => {
  const list = steps(["a"], ["b"], ["c", []], ["d", ["a", "c"]]);
  t.deepEqual(
    list.map((_, index) => dependenciesOf(list, index)),
    [[], ["a"], [], ["a", "c"]],
  );
});

test("each step comes after what it waits for, also when that is written later", (t) => {
  t.is(names(inOrder(steps(["a"], ["b"], ["c"]))), "a b c");
  t.is(names(inOrder(steps(["last", ["first", "middle"]], ["middle", ["first"]], ["first", []]))), "first middle last");
});

test("steps that wait for each other, for nobody, or have one name are named", (t) => {
  t.is(stepsProblem(steps(["a"], ["b"])), undefined);
  t.regex(stepsProblem(steps(["a", ["b"]], ["b", ["a"]], ["c", []])) ?? "", /a, b wait for each other/);
  t.regex(stepsProblem(steps(["a", ["a"]])) ?? "", /circle/);
  t.regex(stepsProblem(steps(["a", []], ["b", ["x"]])) ?? "", /spec\.steps\[1\]\.dependsOn.*"x"/);
  t.regex(stepsProblem(steps(["a"], ["a"])) ?? "", /same name/);
});

test("the name of a step's request is the same at every try, fits, and has another that only this plan can mean", (t) => {
  const [plain, own] = stepRequestNames(makePlan(), "a");
  t.is(plain, "p-a");
  t.regex(own, /^p-a-[0-9a-f]{10}$/);
  t.deepEqual(stepRequestNames(makePlan(), "a"), [plain, own]);
  t.not(stepRequestNames(makePlan({ metadata: { uid: "another" } }), "a")[1], own);
  const [long] = stepRequestNames(makePlan({ metadata: { name: "p".repeat(253) } }), "a");
  t.is(long.length, 253);
  t.regex(long, /^p+-[0-9a-f]{10}$/);
});

test("the key of a charge names plan and step", (t) => t.is(chargeKeyOf("u", "a"), "u/a"));
