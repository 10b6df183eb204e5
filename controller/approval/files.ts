import { stringify } from "yaml";
import { visible } from "./defuse.ts";
import { envelopeFile } from "./envelope.ts";
import type { Evidence } from "./evidence.ts";
import type { RoundFile } from "./provider.ts";

/**
 * The files of a round, whole and deterministic: the bytes that are hashed, the same for people, the plan and the decision. The agent's
 * words stand in `request.yaml` with hidden characters made visible.
 */
export function roundFiles(evidence: Evidence): RoundFile[] {
  const { envelope, digest, folder, plans, decisions, require, reason, ticketId, correlationId, rollback } = evidence;
  const words = { reason, ticketId, correlationId };
  const shown = Object.entries(words).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, visible(text)] as const],
  );
  const request = {
    digest,
    require,
    ...envelope,
    agentWrote: Object.fromEntries(shown),
    ...(rollback && { rollback }),
  };
  const plan = plans.map(({ step, mode, diff, reason: why }) => {
    const title = step === undefined ? "" : `# step ${step}\n`;
    return `${title}${mode === "none" || diff === undefined ? `# no dry run: ${why ?? "not known why"}\n` : diff}`;
  });
  return [
    { path: `${folder}/envelope.json`, content: envelopeFile(envelope) },
    { path: `${folder}/request.yaml`, content: stringify(request, { lineWidth: 0, sortMapEntries: true }) },
    { path: `${folder}/plan.diff`, content: plan.map((text) => (text.endsWith("\n") ? text : `${text}\n`)).join("\n") },
    { path: `${folder}/decision.json`, content: `${JSON.stringify(decisions, null, 2)}\n` },
  ];
}
