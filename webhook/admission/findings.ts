import type { FieldError } from "../../controller/policy/field-error.ts";
import type { Finding } from "./response.ts";

/** A checker's error as a finding: what is wrong, then how to mend it. */
export function fromFieldError({ path, code, message, hint }: FieldError): Finding {
  const text = message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
  return { path, code, message: hint ? `${text}; ${hint}` : text };
}
