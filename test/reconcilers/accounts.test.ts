import test from "ava";
import type { Action, Target } from "../../controller/api/types.ts";
import { accountName } from "../../controller/credentials/names.ts";
import { createAccounts } from "../../controller/reconcilers/accounts.ts";

const action = (name: string, change: object = {}) =>
  ({
    metadata: { name },
    spec: { targetTypes: ["k8s-deployment"], credentials: { rules: [{ verbs: ["get"] }] }, execution: {}, ...change },
  }) as unknown as Action;
const target = {
  metadata: { name: "dev-web" },
  spec: { type: "k8s-deployment", resource: { kubernetes: { kind: "Deployment", namespace: "dev", name: "web" } } },
} as unknown as Target;
const none = createAccounts(() => false);

test("an action whose account nobody made can't be carried out, and the mend is named", (t) => {
  t.regex(none.missing(action("restart"), target) ?? "", /rbac generate/);
  const made = createAccounts((name) => name === accountName("restart", "dev"));
  t.is(made.missing(action("restart"), target), undefined);
  t.truthy(made.missing(action("scale"), target), "another action has another account");
});

test("what touches nothing, or has no rules, or does not fit, needs no account", (t) => {
  t.is(none.missing(action("try", { execution: { executor: "dry-run" } }), target), undefined);
  t.is(none.missing(action("look", { credentials: undefined }), target), undefined);
  t.is(none.missing(action("drain", { targetTypes: ["k8s-node"] }), target), undefined);
});

test("a Target says which actions lack their account", (t) => {
  const made = createAccounts((name) => name === accountName("restart", "dev"));
  t.like(made.condition(target, [action("restart")]), { status: "True", reason: "AccountsExist" });
  const lacking = made.condition(target, [action("restart"), action("scale")]);
  t.like(lacking, { type: "CredentialsReady", status: "False", reason: "AccountsMissing" });
  t.regex(lacking.message, /scale/);
  t.notRegex(lacking.message, /restart/);
});
