import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { parseAllDocuments } from "yaml";
import { applyDefaults } from "../../controller/api/defaults.ts";
import type { Kind } from "../../controller/api/resources.ts";
import type {
  Action,
  ActionPlan,
  ActionPolicy,
  Agent,
  Delegation,
  RiskProfile,
  Target,
} from "../../controller/api/types.ts";
import { validateSchema } from "../../controller/api/validate.ts";
import { generateRbac } from "../../controller/credentials/rbac.ts";
import { ask } from "../../controller/execution/expressions.ts";
import { compilePath } from "../../controller/policy/path.ts";
import { renderTemplate } from "../../controller/policy/template.ts";
import { validateAction } from "../../controller/policy/validate-action.ts";
import { validateAgent } from "../../controller/policy/validate-agent.ts";
import { validateDelegation } from "../../controller/policy/validate-delegation.ts";
import { validatePlan } from "../../controller/policy/validate-plan.ts";
import { validatePolicy } from "../../controller/policy/validate-policy.ts";
import { validateRequest } from "../../controller/policy/validate-request.ts";
import { validateRiskProfile } from "../../controller/policy/validate-risk-profile.ts";
import { validateTarget } from "../../controller/policy/validate-target.ts";

type Manifest = { kind: Kind; metadata: { name: string } };

/** Manifests of ours in a page: blocks of YAML, and what its commands are given as input. */
function manifestsOf(text: string): Manifest[] {
  const texts = [
    ...[...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? ""),
    ...[...text.matchAll(/<<'EOF'[^\n]*\n([\s\S]*?)\nEOF/g)].map((match) => match[1] ?? ""),
  ];
  return texts.flatMap((yaml) => parseAllDocuments(yaml).map((document) => document.toJS() as Manifest));
}

const pages = readdirSync("docs", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".md"))
  .map((file) => ({ file, manifests: manifestsOf(readFileSync(join("docs", file), "utf8")) }));

test("every manifest in the documentation fits its schema and means something", (t) => {
  const found = pages.flatMap(({ file, manifests }) => manifests.map((manifest) => ({ file, manifest })));
  t.true(found.length >= 10, `${found.length} manifests`);
  for (const { file, manifest } of found) {
    t.deepEqual(validateSchema(manifest.kind, manifest), [], `${file}: ${manifest.metadata.name}`);
    const object: unknown = applyDefaults(manifest.kind, manifest);
    const meaning: Partial<Record<Kind, () => unknown[]>> = {
      Action: () => validateAction(object as Action),
      ActionPolicy: () => validatePolicy(object as ActionPolicy),
      Target: () => validateTarget(object as Target),
      Agent: () => validateAgent(object as Agent),
      RiskProfile: () => validateRiskProfile(object as RiskProfile),
      Delegation: () => validateDelegation(object as Delegation),
      ActionPlan: () => validatePlan(object as ActionPlan),
    };
    t.deepEqual(meaning[manifest.kind]?.() ?? [], [], `${file}: ${manifest.metadata.name}`);
  }
});

function ofPage<T>(name: string, kind: Kind): T {
  const found = pages.find(({ file }) => file === name)?.manifests.find((manifest) => manifest.kind === kind);
  if (found === undefined) throw new Error(`${name} shows no ${kind}`);
  return applyDefaults(kind, found) as unknown as T;
}

const action = ofPage<Action>("writing-actions.md", "Action");
const target = ofPage<Target>("writing-actions.md", "Target");
const { spec } = action;
const request = { uid: "0c7e", time: "2026-01-05T12:00:00Z" };
const now = Date.UTC(2026, 0, 5, 12);
const known = ["suspend-cronjob"];

test("the action of the page is complete on its own, its rollback included", (t) => {
  t.deepEqual(validateAction(action, { actions: new Map([[action.metadata.name, action]]) }), []);
});

test("the action of the page takes what it says and refuses what it does not", (t) => {
  const wrong = (params: Record<string, unknown>) =>
    validateRequest(action, { action: "suspend-cronjob", target: "dev/nightly-report", params }, known).map(
      ({ path }) => path,
    );
  t.deepEqual(wrong({}), []);
  t.deepEqual(wrong({ suspend: false, reason_code: "incident-77" }), []);
  t.deepEqual(wrong({ suspend: "yes", reason_code: "Incident 77!", other: 1 }).length, 3);
});

test("the action of the page has a check that passes and blocks", (t) => {
  const check = spec.prechecks?.find(({ name }) => name === "would-change")?.require ?? "";
  const passes = (object: unknown, suspend: boolean) =>
    ask(check, { object, items: [], params: { suspend }, target: {}, request }, now);
  t.true(passes({ spec: { suspend: false } }, true));
  t.true(passes({ spec: {} }, true));
  t.false(passes({ spec: { suspend: true } }, true));
  t.true(passes({ spec: { suspend: true } }, false));
});

test("the action of the page is seen as done by its own request only", (t) => {
  const seen = (object: unknown) =>
    ask(spec.execution.observe ?? "", { object, params: {}, target: {}, before_state: {}, request }, now);
  const by = (uid: string) => ({ metadata: { annotations: { "agentsafe.dev/suspended-by": uid } } });
  t.deepEqual([by("0c7e"), by("another"), { metadata: {} }, null].map(seen), [true, false, false, false]);
});

test("the action of the page reads its state, and writes what was asked for", (t) => {
  const field = spec.stateFields?.find(({ name }) => name === "suspend")?.path ?? "";
  t.deepEqual([{ spec: { suspend: true } }, { spec: {} }].map(compilePath(field)), [true, false]);
  const annotations = { "agentsafe.dev/suspended-by": "0c7e" };
  const context = { params: { suspend: true }, request, target: {}, before_state: { suspend: false } };
  t.deepEqual(renderTemplate(spec.execution.kubernetes?.patch, context), {
    metadata: { annotations },
    spec: { suspend: true },
  });
  const undo = renderTemplate(spec.rollback?.params, {
    ...context,
    params: { ...context.params, namespace: "dev", cronjob: "nightly-report" },
  });
  t.deepEqual(undo, { namespace: "dev", cronjob: "nightly-report", suspend: false });
});

test("the rights of the page's action reach its target and nothing else", (t) => {
  const roles = generateRbac({ actions: [action], targets: [target] }).filter(({ kind }) => /Role$/.test(kind));
  t.deepEqual(roles.map(({ kind, metadata, rules }) => [kind, metadata.namespace, metadata.annotations, rules]).at(0), [
    "Role",
    "dev",
    { "agentsafe.dev/action": "suspend-cronjob" },
    [{ apiGroups: ["batch"], resources: ["cronjobs"], resourceNames: ["nightly-report"], verbs: ["get", "patch"] }],
  ]);
});
