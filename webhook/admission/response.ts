import { plain } from "./quote.ts";

/** One thing wrong with an object: where, what kind of mistake, what to do. */
export interface Finding {
  /** Path of the field, such as `spec.params.replicas`. */
  readonly path: string;
  /** A stable word for the kind of mistake, such as `OutOfRange`. */
  readonly code: string;
  /** What is wrong, and what would be right. */
  readonly message: string;
}

/** What a handler thinks of a request. Findings refuse it; warnings are shown to the user either way. */
export interface Judgement {
  readonly findings: readonly Finding[];
  readonly warnings?: readonly string[];
  /** JSON patch operations for an admitted object. */
  readonly patch?: readonly PatchOperation[];
}

export interface PatchOperation {
  readonly op: "add";
  readonly path: string;
  readonly value: unknown;
}

/** What an object was called when it was judged, for the refusal's text. */
export interface Subject {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

/** So many findings are named one by one; the rest are counted. */
const NAMED = 20;

/** The AdmissionReview that answers `uid`. A refusal is a Status of code 422 with one cause per finding. */
export function answer(uid: string, subject: Subject, judgement: Judgement): unknown {
  const { findings, patch } = judgement;
  const warnings = (judgement.warnings ?? []).slice(0, NAMED).map((warning) => plain(warning, 256));
  const response =
    findings.length === 0
      ? { uid, allowed: true, ...patched(patch) }
      : { uid, allowed: false, status: refusal(subject, findings) };
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: warnings.length === 0 ? response : { ...response, warnings },
  };
}

/** The AdmissionReview that refuses `uid` because what it must be checked against can't be read. */
export function unavailable(uid: string): unknown {
  const message = "the request could not be checked because the API server did not answer in time: send it again";
  const status = { code: 503, reason: "ServiceUnavailable", message };
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: { uid, allowed: false, status } };
}

function patched(patch: readonly PatchOperation[] | undefined): object {
  if (!patch || patch.length === 0) return {};
  return { patchType: "JSONPatch", patch: Buffer.from(JSON.stringify(patch)).toString("base64") };
}

function refusal(subject: Subject, findings: readonly Finding[]): object {
  const causes = findings.slice(0, NAMED).map(({ path, code, message }) => ({
    reason: code,
    field: plain(path, 256),
    message: plain(message, 1024),
  }));
  const rest = findings.length - causes.length;
  const lines = causes.map(({ field, message }) => (message.startsWith(field) ? message : `${field}: ${message}`));
  if (rest > 0) lines.push(`and ${rest} more`);
  return {
    code: 422,
    reason: "Invalid",
    message: lines.length === 1 ? lines[0] : `${findings.length} things to mend: ${lines.map(numbered).join("; ")}`,
    details: { group: subject.group, kind: subject.kind, name: plain(subject.name, 253), causes },
  };
}

function numbered(line: string, index: number): string {
  return `(${index + 1}) ${line}`;
}
