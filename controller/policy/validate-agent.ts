import type { Agent } from "../api/types.ts";
import { type FieldError, fieldError, show } from "./field-error.ts";
import { duplicates } from "./validate-policy.ts";

const NEVER_A_USER = new Set(["system:anonymous", "system:unauthenticated"]);
const NEVER_A_GROUP = new Set([
  "system:authenticated",
  "system:unauthenticated",
  "system:serviceaccounts",
  "system:masters",
]);

/** Checks what an Agent means: subjects that can authenticate and that are somebody. All errors at once. */
export function validateAgent(agent: Agent): FieldError[] {
  const errors: FieldError[] = [];
  const subjects = agent.spec.subjects ?? [];
  for (const [i, subject] of subjects.entries()) {
    const path = `spec.subjects[${i}]`;
    const { kind, name = "", issuer = "" } = subject;
    if (kind === "User" && (NEVER_A_USER.has(name) || /^(system:serviceaccount|jwt):/.test(name))) {
      errors.push(
        fieldError(
          `${path}.name`,
          "BadSubject",
          `${show(name)} can't be a User`,
          "use kind ServiceAccount or JWT for accounts and tokens",
        ),
      );
    }
    if (kind === "Group" && NEVER_A_GROUP.has(name)) {
      errors.push(fieldError(`${path}.name`, "BadSubject", `${show(name)} is too many people to be one agent`));
    }
    if (kind === "JWT") {
      if (issuer.includes("#"))
        errors.push(
          fieldError(`${path}.issuer`, "BadSubject", `${show(issuer)} holds a #, which separates issuer and subject`),
        );
      if (!/^https:\/\/./.test(issuer))
        errors.push(fieldError(`${path}.issuer`, "BadSubject", `${show(issuer)} is not an https URL`));
    }
  }
  const keys = subjects.map((s) => JSON.stringify([s.kind, s.namespace, s.name, s.issuer, s.subject]));
  for (const key of duplicates(keys)) {
    errors.push(fieldError(`spec.subjects[${keys.lastIndexOf(key)}]`, "DuplicateSubject", "is there twice"));
  }
  return errors;
}
