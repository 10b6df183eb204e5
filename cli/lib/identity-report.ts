import type { VerifiedIdentity } from "../../controller/identity/verify-identity.ts";
import { table } from "./terminal.ts";

/** What a token proves, as programs read it. Times are RFC 3339. */
export function identityReport(identity: VerifiedIdentity) {
  const { issuer, audience, subject, rootSubject, tokenId, roles, groups, depth, maxDepth, chain } = identity;
  return {
    ...{ valid: true, issuer, audience, subject, root: rootSubject, tokenId, roles, groups },
    issuedAt: new Date(identity.issuedAt).toISOString(),
    expiresAt: new Date(identity.expiresAt).toISOString(),
    ...{ depth, maxDepth },
    chain: chain.map((link) => ({
      ...{ subject: link.subject, tokenId: link.tokenId, roles: link.roles, groups: link.groups, scope: link.scope },
      at: new Date(link.at).toISOString(),
      expiresAt: new Date(link.expiresAt).toISOString(),
    })),
  };
}

const listed = (names: readonly string[] | undefined) =>
  names === undefined ? "as its Agent" : names.join(", ") || "-";

/** The same for people. */
export function formatIdentity(identity: VerifiedIdentity): string {
  const report = identityReport(identity);
  const rows = [
    ["Subject", report.subject],
    ["Issuer", report.issuer],
    ["Roles", listed(report.roles)],
    ["Groups", listed(report.groups)],
    ["Expires", report.expiresAt],
    ["Depth", report.depth === 0 ? "0 (nothing was lent)" : `${report.depth} of ${report.maxDepth}`],
    ["Token", report.tokenId ?? "-"],
  ];
  const width = Math.max(...rows.map(([name = ""]) => name.length));
  const head = rows.map(([name = "", value = ""]) => [`${name}:`.padEnd(width + 1), value]);
  const links = report.chain.map((link) => [
    link.subject,
    listed(link.roles),
    listed(link.groups),
    link.scope === undefined ? "all of it" : JSON.stringify(link.scope),
    link.expiresAt,
  ]);
  const chain = links.length === 0 ? "" : `\n${table([["LENT BY", "ROLES", "GROUPS", "LENT", "EXPIRES"], ...links])}`;
  return table(head) + chain;
}
