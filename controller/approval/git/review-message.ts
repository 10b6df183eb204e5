/** What a signed review says, in the message of its commit. */
export interface ReviewMessage {
  verdict: "approve" | "deny";
  /** The digest that is approved or denied. */
  digest: string;
  /** UID of the request. */
  request: string;
  round: number;
  /** What the reviewer adds in words. */
  text: string;
}

const VERSION = "Agent-Safe-Review: 1";

/** The message of a review's commit. Agents' text never goes into one. */
export function formatReview({ verdict, digest, request, round, text }: ReviewMessage): string {
  const words = text.trim().replace(/\r\n?/g, "\n");
  return [
    `${verdict === "approve" ? "Approve" : "Deny"} request ${request}`,
    ...(words === "" ? [] : ["", words]),
    "",
    VERSION,
    `Verdict: ${verdict}`,
    `Digest: ${digest}`,
    `Request: ${request}`,
    `Round: ${round}`,
    "",
  ].join("\n");
}

const TRAILER =
  /^Agent-Safe-Review: 1\nVerdict: (approve|deny)\nDigest: (sha256:[0-9a-f]{64})\nRequest: ([0-9A-Za-z-]{1,64})\nRound: ([1-9][0-9]{0,3})$/;

/**
 * Reads a review's message; undefined when it is none. Strict: the last paragraph is exactly what is written above, so that words before
 * it can't say something else to a person than to the program.
 */
export function parseReview(message: string): ReviewMessage | undefined {
  const paragraphs = message.trimEnd().split("\n\n");
  const [, verdict, digest, request, round] = TRAILER.exec(paragraphs.pop() ?? "") ?? [];
  if ((verdict !== "approve" && verdict !== "deny") || !digest || !request || !round) return undefined;
  if (paragraphs.some((paragraph) => paragraph.includes(VERSION))) return undefined;
  const [, ...words] = paragraphs;
  return { verdict, digest, request, round: Number(round), text: words.join("\n\n") };
}
