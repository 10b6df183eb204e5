/** Whose identity tokens are believed, as `agent-safe.yaml` says it. */
export interface IdentityConfig {
  issuers: readonly IssuerConfig[];
  /** A file with ids (`jti`) of tokens that were revoked, one a line. */
  revokedFile?: string;
}

/** One issuer; exactly one of the four says where its keys are. A key itself never stands in the file. */
export interface IssuerConfig {
  /** The `iss` of its tokens. */
  issuer: string;
  /** The `aud` that its tokens must have. */
  audience?: string;
  /** A file with its public keys (JWKS). */
  jwksFile?: string;
  /** An https URL of its public keys. */
  jwksUrl?: string;
  /** A file with the key that is shared with it, at least 32 bytes. */
  sharedKeyFile?: string;
  /** Name of the environment variable with that key. */
  sharedKeyEnv?: string;
}

const KEY_SOURCES = ["jwksFile", "jwksUrl", "sharedKeyFile", "sharedKeyEnv"] as const;
const KEYS = ["issuer", "audience", ...KEY_SOURCES];

/** What is wrong with the value of `identity`, or undefined. */
export function identityConfigProblem(value: unknown): string | undefined {
  if (!isRecord(value)) return "must be a mapping with a list of issuers.";
  const { issuers, revokedFile, ...rest } = value;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) return `has no ${JSON.stringify(unknown)}; known are issuers, revokedFile.`;
  if (revokedFile !== undefined && !isText(revokedFile)) return "needs the path of a file in revokedFile.";
  if (!Array.isArray(issuers)) return "needs a list in issuers.";
  const names = new Set<unknown>();
  for (const [i, issuer] of issuers.entries()) {
    const problem = issuerProblem(issuer);
    if (problem !== undefined) return `issuers[${i}] ${problem}`;
    const { issuer: name } = issuer as IssuerConfig;
    if (names.has(name)) return `issuers[${i}].issuer ${JSON.stringify(name)} is there twice.`;
    names.add(name);
  }
  return undefined;
}

function issuerProblem(value: unknown): string | undefined {
  if (!isRecord(value)) return "must be a mapping.";
  for (const [key, part] of Object.entries(value)) {
    if (!KEYS.includes(key)) return `has no ${JSON.stringify(key)}; known are ${KEYS.join(", ")}.`;
    if (!isText(part)) return `needs a text in ${key}.`;
  }
  if (value.issuer === undefined) return "needs an issuer.";
  const sources = KEY_SOURCES.filter((key) => value[key] !== undefined);
  if (sources.length !== 1) return `needs exactly one of ${KEY_SOURCES.join(", ")}, which say where its keys are.`;
  if (value.jwksUrl !== undefined && !isKeysUrl(String(value.jwksUrl))) return "needs an https URL in jwksUrl.";
  return undefined;
}

/** Whether keys may be fetched from there: over TLS, or from this machine. */
export function isKeysUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(hostname));
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
