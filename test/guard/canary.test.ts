import test from "ava";
import { refusingPolicy } from "../../controller/guard/canary.ts";
import { errorFromStatus, KubeError } from "../../controller/runtime/errors.ts";

const refused = (message: string, code = 403) =>
  errorFromStatus("POST /apis/agentsafe.dev/v1alpha1/x", { code, message });

test("a refusal names the policy that refused", (t) => {
  const message = `x.agentsafe.dev "y" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: no`;
  t.is(refusingPolicy(refused(message)), "p");
  t.is(refusingPolicy(refused(message, 422)), "p");
});

test("a binding of another name is not ours", (t) => {
  const message = `x "y" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'q' denied request: no`;
  t.is(refusingPolicy(refused(message)), undefined);
});

test("others can't speak in a policy's name", (t) => {
  const inside = `x "y" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: no`;
  for (const message of [
    `admission webhook "w" denied the request: ${inside}`,
    `x "y" is forbidden: ValidatingAdmissionPolicy 'z' with binding 'z' denied request: ${inside}`,
    `x "y" is forbidden: User "u" cannot create resource "x": ${inside}`,
    `ValidatingAdmissionPolicy 'p' with binding 'p' denied request: no`,
  ]) {
    t.not(refusingPolicy(refused(message)), "p", message);
  }
  t.is(refusingPolicy(new Error(inside)), undefined);
  t.is(refusingPolicy(new KubeError({ code: "CONNECTION", message: "gone" })), undefined);
});
