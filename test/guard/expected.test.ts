import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { GuardError } from "../../controller/guard/errors.ts";
import { loadExpected, packageRoot } from "../../controller/guard/expected.ts";

function copy(t: { teardown(fn: () => void): void }): string {
  const root = mkdtempSync(join(tmpdir(), "agent-safe-guard-"));
  t.teardown(() => rmSync(root, { recursive: true }));
  cpSync(join(packageRoot, "config", "admission"), join(root, "config", "admission"), { recursive: true });
  cpSync(join(packageRoot, "crds"), join(root, "crds"), { recursive: true });
  return root;
}

test("every policy has a binding of its name, and every kind is there", (t) => {
  const expected = loadExpected();
  const named = (kind: string) => expected.filter((object) => object.kind === kind).map(({ name }) => name);
  const policies = named("ValidatingAdmissionPolicy");
  t.deepEqual(policies.toSorted(), [
    "agent-safe-request-metadata",
    "agent-safe-request-status",
    "agent-safe-requester",
    "agent-safe-secrets",
    "agent-safe-sentinel",
    "agent-safe-status",
  ]);
  t.deepEqual(named("ValidatingAdmissionPolicyBinding").toSorted(), policies.toSorted());
  t.deepEqual(named("MutatingWebhookConfiguration"), ["agent-safe"]);
  t.deepEqual(named("ValidatingWebhookConfiguration"), ["agent-safe"]);
  t.true(named("CustomResourceDefinition").includes("actionrequests.agentsafe.dev"));
});

test("no policy may fail open, and no binding may only warn", (t) => {
  for (const { kind, name, part } of loadExpected()) {
    if (kind === "ValidatingAdmissionPolicy") t.like(part, { spec: { failurePolicy: "Fail" } }, name);
    if (kind === "ValidatingAdmissionPolicyBinding")
      t.like(part, { spec: { policyName: name, validationActions: ["Deny"] } });
  }
});

test("without its manifests there is no guard", (t) => {
  const failure = (root: string) => t.throws(() => loadExpected(root), { instanceOf: GuardError })?.code;
  t.is(failure(join(tmpdir(), "no-such-folder")), "MANIFEST_UNREADABLE");
  const lacking = copy(t);
  rmSync(join(lacking, "config", "admission", "webhooks"), { recursive: true });
  t.is(failure(lacking), "MANIFEST_MISSING");
  const broken = copy(t);
  writeFileSync(join(broken, "crds", "broken.yaml"), "a: [");
  t.is(failure(broken), "MANIFEST_INVALID");
  const nameless = copy(t);
  mkdirSync(join(nameless, "config", "admission", "more"));
  writeFileSync(join(nameless, "config", "admission", "more", "x.yaml"), "kind: ValidatingAdmissionPolicy\n");
  t.is(failure(nameless), "MANIFEST_INVALID");
});
