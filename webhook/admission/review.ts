/** The user whose request is under admission, as the API server authenticated it. */
export interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Any object under admission. */
export interface AdmittedObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly generateName?: string };
  readonly spec?: unknown;
}

/** `request` of an admission.k8s.io/v1 AdmissionReview: the fields that are used here. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly subResource?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  readonly userInfo: UserInfo;
  readonly object: AdmittedObject | null;
  readonly oldObject?: AdmittedObject | null;
  readonly dryRun?: boolean;
}

export type ReviewErrorCode = "REVIEW_MALFORMED" | "REVIEW_UNEXPECTED";

/** A body that is no AdmissionReview, or one of something this server doesn't judge. The message may be sent back. */
export class ReviewError extends Error {
  override readonly name = "ReviewError";
  readonly code: ReviewErrorCode;
  constructor(code: ReviewErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Reads an AdmissionReview. Throws ReviewError naming what is missing; never looks at more than it needs. */
export function parseReview(body: string): AdmissionRequest {
  let review: unknown;
  try {
    review = JSON.parse(body);
  } catch (cause) {
    throw new ReviewError("REVIEW_MALFORMED", "the body is not JSON", { cause });
  }
  if (!isRecord(review) || review.kind !== "AdmissionReview" || review.apiVersion !== "admission.k8s.io/v1")
    throw new ReviewError("REVIEW_MALFORMED", "the body is not an AdmissionReview of admission.k8s.io/v1");
  const request = review.request;
  if (!isRecord(request)) throw new ReviewError("REVIEW_MALFORMED", "request: missing");
  const { uid, operation, userInfo, kind, resource, object } = request;
  if (typeof uid !== "string" || uid === "") throw new ReviewError("REVIEW_MALFORMED", "request.uid: missing");
  if (!isGroupVersion(kind) || typeof kind.kind !== "string")
    throw new ReviewError("REVIEW_MALFORMED", "request.kind: missing");
  if (!isGroupVersion(resource) || typeof resource.resource !== "string")
    throw new ReviewError("REVIEW_MALFORMED", "request.resource: missing");
  if (typeof operation !== "string" || !OPERATIONS.has(operation))
    throw new ReviewError("REVIEW_MALFORMED", "request.operation: not CREATE, UPDATE, DELETE or CONNECT");
  if (!isRecord(userInfo) || typeof userInfo.username !== "string")
    throw new ReviewError("REVIEW_MALFORMED", "request.userInfo.username: missing");
  if (object !== null && object !== undefined && !isRecord(object))
    throw new ReviewError("REVIEW_MALFORMED", "request.object: not an object");
  // Checked above as far as this server reads it; the API server has validated the object against its schema.
  return { ...request, object: object ?? null } as unknown as AdmissionRequest;
}

const OPERATIONS: ReadonlySet<string> = new Set(["CREATE", "UPDATE", "DELETE", "CONNECT"]);

function isGroupVersion(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && typeof value.group === "string" && typeof value.version === "string";
}

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
