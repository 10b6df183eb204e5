import test from "ava";
import { celValue, compileCel, WHEN_VARIABLES } from "../../controller/policy/cel.ts";
import { ExpressionError } from "../../controller/policy/errors.ts";

const options = { variables: WHEN_VARIABLES };
const vars = (params: unknown = {}) => ({
  request: celValue({ reason: "because", action: "scale" }),
  params: celValue(params),
  target: celValue({ id: "dev/web", labels: { team: "a" } }),
  agent: celValue({ id: "bot", roles: ["deployer"] }),
  now: new Date(Date.UTC(2026, 10, 23, 12)),
});

for (const [expression, params, want] of [
  ["params.replicas <= 10", { replicas: 5 }, true],
  ["params.replicas + 1 == 6", { replicas: 5 }, true],
  ["params.replicas <= 10", { replicas: 11 }, false],
  ["has(params.x)", {}, false],
  ["'deployer' in agent.roles", {}, true],
  ["target.labels.team == 'a'", {}, true],
  ["target.labels['team'] == 'b'", {}, false],
  ["now.getHours() == 12", {}, true],
  ["now.getHours('Europe/Berlin') == 13", {}, true],
  ["params.list.exists(x, x == 3)", { list: [1, 2, 3] }, true],
  ["params.image.matches('^nginx:')", { image: "nginx:1" }, true],
  ["params.ratio > 0.5", { ratio: 0.7 }, true],
  ["params.ratio > 0.5", { ratio: 1 }, true],
] as const) {
  test(`${expression} over ${JSON.stringify(params)} is ${want}`, (t) => {
    t.is(compileCel(expression, options)(vars(params)), want);
  });
}

for (const [expression, code] of [
  ["params.x ==", "Syntax"],
  ["unknown == 1", "UnknownVariable"],
  ["1 + 1", "Type"],
  ["'a' + 1 == 'a1'", "Type"],
  [`params.x == '${"a".repeat(5000)}'`, "TooLong"],
  ["params.x.matches(params.y)", "Syntax"],
  ["params.x.matches('(a')", "Syntax"],
  ["params.x.matches('(?=a)')", "Syntax"],
  ["cel.bind(a, 'x', a == 'x')", "UnknownVariable"],
  ["params.x.re2Search('a')", "Syntax"],
] as const) {
  test(`refused at compile: ${expression.slice(0, 40)}`, (t) => {
    t.is(t.throws(() => compileCel(expression, options), { instanceOf: ExpressionError })?.code, code);
  });
}

for (const [expression, params] of [
  ["params.replicas <= 10", {}],
  ["params.replicas <= 10", { replicas: "a" }],
  ["params.constructor == 1", {}],
  ["params.flag", { flag: "yes" }],
  ["1 / params.zero == 1", { zero: 0 }],
] as const) {
  test(`an evaluation that fails is a typed error: ${expression} over ${JSON.stringify(params)}`, (t) => {
    t.throws(() => compileCel(expression, options)(vars(params)), { instanceOf: ExpressionError });
  });
}

const list = Array.from({ length: 2000 }, (_, i) => i);
for (const expression of [
  "params.l.all(a, params.l.all(b, params.l.all(c, a + b + c >= 0)))",
  "params.l.all(a, params.l.all(b, a + b >= 0)) || true",
  "['aaaaaaaaaaaaaaaa'].map(a, a+a).map(a, a+a).map(a, a+a).map(a, a+a).map(a, a+a).map(a, a+a).map(a, a+a).map(a, a+a).map(a, a+a).map(a, a+a).map(a, a+a).map(a, a+a).map(a, a+a).map(a, a+a).map(a, a+a).map(a, a+a).map(a, a+a).map(a, a+a).map(a, a+a).map(a, a+a).size() == 1",
  "params.l.filter(x, params.l.map(y, y + x).size() > 0).size() > 0",
]) {
  test(`costs too much: ${expression.slice(0, 60)}`, (t) => {
    const program = compileCel(expression, options);
    const started = Date.now();
    t.is(t.throws(() => program(vars({ l: list })), { instanceOf: ExpressionError })?.code, "CostExceeded");
    t.true(Date.now() - started < 5000);
    // and the next evaluation starts from nothing
    t.notThrows(() => compileCel("params.l.exists(x, x == 1999)", options)(vars({ l: list })));
  });
}
