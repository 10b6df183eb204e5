/** Refusals of one user for one reason, counted together. */
export interface Rejection {
  /** The kind that was refused, such as `ActionRequest`. */
  readonly kind: string;
  readonly namespace: string;
  readonly username: string;
  /** `spec.action` of a request, or the object's name of another kind. */
  readonly subject: string;
  /** `spec.target` of a request, else empty. */
  readonly target: string;
  /** The kinds of mistakes, sorted, such as `UnknownAction`. */
  readonly codes: readonly string[];
  /** The first refusal's text. */
  readonly message: string;
  readonly count: number;
  /** RFC 3339. */
  readonly firstAt: string;
  readonly lastAt: string;
}

/** What the webhook posts to the controller. A batch that is sent again has the same id. */
export interface RejectionBatch {
  readonly id: string;
  readonly rejections: readonly Rejection[];
}

/** How many rejections one batch may hold. */
export const BATCH_LIMIT = 256;
/** The path they are posted to, and the audience of the token that comes with them. */
export const REJECTIONS_PATH = "/rejections";
export const REJECTIONS_AUDIENCE = "agent-safe-controller";

const TEXT_LIMITS = { kind: 63, namespace: 63, username: 256, subject: 253, target: 253, message: 512 } as const;

/** Reads a posted batch; undefined when anything in it is missing, of the wrong type or out of bounds. */
export function parseBatch(text: string): RejectionBatch | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || typeof value.id !== "string" || !/^[0-9a-f-]{36}$/.test(value.id)) return undefined;
  const { id, rejections } = value;
  if (!Array.isArray(rejections) || rejections.length > BATCH_LIMIT || !rejections.every(isRejection)) return undefined;
  return { id, rejections: rejections.map(onlyKnown) };
}

function isRejection(value: unknown): value is Rejection {
  if (!isRecord(value)) return false;
  for (const [field, limit] of Object.entries(TEXT_LIMITS)) {
    const text = value[field];
    if (typeof text !== "string" || text.length > limit) return false;
  }
  const { codes, count, firstAt, lastAt } = value;
  return (
    Array.isArray(codes) &&
    codes.length <= 16 &&
    codes.every((code) => typeof code === "string" && /^[A-Za-z0-9_-]{1,63}$/.test(code)) &&
    Number.isSafeInteger(count) &&
    (count as number) > 0 &&
    isTime(firstAt) &&
    isTime(lastAt)
  );
}

function onlyKnown(rejection: Rejection): Rejection {
  const { kind, namespace, username, subject, target, codes, message, count, firstAt, lastAt } = rejection;
  return { kind, namespace, username, subject, target, codes, message, count, firstAt, lastAt };
}

function isTime(value: unknown): boolean {
  return typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
