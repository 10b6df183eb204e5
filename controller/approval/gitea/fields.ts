import { ProviderError } from "../provider.ts";
import type { Reviewer } from "../types.ts";

/** A JSON object as it came; each field is looked at before it is used. */
export type Fields = Readonly<Record<string, unknown>>;

/** @throws ProviderError UNEXPECTED unless the value is an object */
export function fields(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw strange(what);
  return value as Fields;
}

/** A list; `null` is what the server writes for an empty one. */
export function list(value: unknown, what: string): Fields[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw strange(what);
  return value.map((item) => fields(item, what));
}

export function text(from: Fields, name: string): string {
  const value = from[name];
  if (typeof value !== "string") throw strange(name);
  return value;
}

/** A number of the server's, as text: an id, or the number of a pull request. */
export function id(from: Fields, name: string): string {
  const value = from[name];
  if (!Number.isSafeInteger(value)) throw strange(name);
  return String(value);
}

/** A time, in epoch ms. */
export function time(from: Fields, name: string): number {
  const value = Date.parse(text(from, name));
  if (Number.isNaN(value)) throw strange(name);
  return value;
}

/** Somebody; an id that is not positive is none of a person's (deleted users, jobs of the server). */
export function person(value: unknown, what: string): Reviewer {
  const user = fields(value, what);
  const login = text(user, "login");
  const bot = !(Number(user.id) > 0) || login.endsWith("[bot]");
  return { userId: id(user, "id"), login, ...(bot ? { bot } : {}) };
}

function strange(what: string): ProviderError {
  return new ProviderError("UNEXPECTED", `the server's answer has no usable ${what}`);
}
