import { nearest } from "../controller/api/near-names.ts";
import { show } from "../controller/api/schema-error.ts";
import { SdkError } from "./errors.ts";

/** Fields that an argument may have, with the type of those that are plain; the others are checked by whoever reads them. */
export type Fields<T> = { readonly [field in keyof Required<T>]: "string" | "boolean" | "any" };

/**
 * Holds an argument against its fields. Programs without types, and what they pass on from a model, misspell and mix up: a field that
 * is ignored would be judged as absent. Throws SdkError `BadArgument` with the field and the near name.
 */
export function checkFields<T extends object>(given: T, fields: Fields<T>): void {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new SdkError(
      "BadArgument",
      `must be an object with fields such as ${Object.keys(fields)[0]}, not ${show(given)}`,
    );
  const known: Readonly<Record<string, string>> = fields;
  for (const [field, value] of Object.entries(given)) {
    const type = Object.hasOwn(known, field) ? known[field] : undefined;
    if (type === undefined) {
      const near = nearest(field, Object.keys(known));
      const hint = near === undefined ? `known are ${Object.keys(known).join(", ")}` : `did you mean ${near}?`;
      throw new SdkError("BadArgument", `${show(field)} is not a field; ${hint}`);
    }
    if (type !== "any" && value !== undefined && typeof value !== type)
      throw new SdkError("BadArgument", `${field} must be a ${type}, not ${show(value)}`);
  }
}
