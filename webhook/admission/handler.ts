import { isKubeError } from "../../controller/runtime/errors.ts";
import { type PostHandler, problem } from "../../controller/runtime/https/server.ts";
import type { Logger } from "../../controller/runtime/types.ts";
import type { Refusal } from "../rejections/buffer.ts";
import { answer, type Judgement, type Subject, unavailable } from "./response.ts";
import { type AdmissionRequest, isRecord, parseReview, ReviewError } from "./review.ts";

/** Judges one request; `body` is the AdmissionReview's text. Throws ReviewError for what it was never meant to see. */
export type Check = (request: AdmissionRequest, body: string) => Judgement | Promise<Judgement>;

export interface AdmissionHandlerOptions {
  readonly check: Check;
  readonly logger: Logger;
  /** Takes each refusal that was no dry run. Must not throw. */
  readonly onRefused: (refusal: Refusal) => void;
}

/** Answers AdmissionReviews posted to one path. */
export function createAdmissionHandler(options: AdmissionHandlerOptions): PostHandler {
  const { check, logger } = options;
  return async (body) => {
    try {
      const request = parseReview(body);
      return { status: 200, body: await judge(request, body) };
    } catch (error) {
      if (!(error instanceof ReviewError)) throw error;
      logger.warn({ err: error }, "not an AdmissionReview that is answered here");
      return problem(400, error.message);
    }
  };

  async function judge(request: AdmissionRequest, body: string): Promise<unknown> {
    try {
      const judgement = await check(request, body);
      if (judgement.findings.length > 0 && !request.dryRun) options.onRefused(refusalOf(request, judgement));
      return answer(request.uid, subjectOf(request), judgement);
    } catch (error) {
      if (!isKubeError(error)) throw error;
      logger.error({ err: error }, "a request could not be judged");
      return unavailable(request.uid);
    }
  }
}

function subjectOf({ kind, name, object }: AdmissionRequest): Subject {
  const meta = object?.metadata;
  return { group: kind.group, kind: kind.kind, name: name || meta?.name || meta?.generateName || "" };
}

function refusalOf(request: AdmissionRequest, { findings }: Judgement): Refusal {
  const spec = isRecord(request.object?.spec) ? request.object.spec : {};
  const isRequest = request.resource.resource === "actionrequests";
  return {
    kind: request.kind.kind,
    namespace: request.namespace ?? "",
    username: request.userInfo.username,
    subject: isRequest ? text(spec.action) : subjectOf(request).name,
    target: isRequest ? text(spec.target) : "",
    codes: findings.map(({ code }) => code),
    message: findings.map(({ path, message }) => `${path}: ${message}`).join("; "),
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
