import "reflect-metadata";
import type { webcrypto } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** A certificate with its private key, both PEM; times are epoch milliseconds. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

export type CertificateErrorCode = "CERTIFICATE_MALFORMED" | "CERTIFICATE_KEY_MISMATCH";

/** A certificate or key that can't be read, or a key that isn't the certificate's. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
  readonly code: CertificateErrorCode;
  constructor(code: CertificateErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
/** Certificates begin this much in the past, so that a peer whose clock is behind accepts a fresh one. */
const SKEW_MS = 60 * 60 * 1000;

/** A new self-signed authority that may sign serving certificates and nothing else below it. */
export async function issueAuthority(options: { name: string; now: number; lifetimeMs: number }): Promise<KeyPair> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: [{ CN: [options.name] }],
      keys,
      ...validity(options.now, options.lifetimeMs),
      signingAlgorithm: ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  return keyPair(certificate, keys.privateKey);
}

/** A serving certificate for DNS names and IP addresses, signed by `authority`; it never outlives it. */
export async function issueServing(options: {
  authority: KeyPair;
  names: readonly string[];
  addresses?: readonly string[];
  now: number;
  lifetimeMs: number;
}): Promise<KeyPair> {
  const issuer = parseCertificate(options.authority.certificate);
  const signingKey = await importKey(options.authority.key);
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const { notBefore, notAfter } = validity(options.now, options.lifetimeMs);
  const certificate = await X509CertificateGenerator.create(
    {
      subject: [{ CN: [options.names[0] ?? options.addresses?.[0] ?? "server"] }],
      issuer: issuer.subjectName.toJSON(),
      notBefore,
      notAfter: new Date(Math.min(notAfter.getTime(), issuer.notAfter.getTime())),
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        ...servingExtensions(options.names, options.addresses ?? []),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
        await AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  return keyPair(certificate, keys.privateKey);
}

/** Reads a stored pair. Throws CertificateError when either part is unreadable or the key isn't the certificate's. */
export async function readKeyPair(certificate: string, key: string): Promise<KeyPair> {
  const parsed = parseCertificate(certificate);
  const signingKey = await importKey(key);
  const probe = new TextEncoder().encode("agent-safe");
  const signature = await crypto.subtle.sign(ALGORITHM, signingKey, probe);
  const publicKey = await parsed.publicKey.export(ALGORITHM, ["verify"], crypto);
  if (!(await crypto.subtle.verify(ALGORITHM, publicKey, signature, probe)))
    throw new CertificateError("CERTIFICATE_KEY_MISMATCH", "the private key does not belong to the certificate");
  return { certificate, key, notBefore: parsed.notBefore.getTime(), notAfter: parsed.notAfter.getTime() };
}

/** When a PEM certificate ends, in epoch milliseconds. Throws CertificateError when it can't be read. */
export function certificateEnd(certificate: string): number {
  return parseCertificate(certificate).notAfter.getTime();
}

function parseCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new CertificateError("CERTIFICATE_MALFORMED", "not a PEM certificate", { cause });
  }
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  try {
    const der = Buffer.from(pem.replace(/-----[^-]+-----/g, "").replace(/\s+/g, ""), "base64");
    return await crypto.subtle.importKey("pkcs8", der, ALGORITHM, true, ["sign"]);
  } catch (cause) {
    throw new CertificateError("CERTIFICATE_MALFORMED", "not a PEM private key (PKCS #8, P-256)", { cause });
  }
}

async function keyPair(certificate: X509Certificate, privateKey: webcrypto.CryptoKey): Promise<KeyPair> {
  const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", privateKey)).toString("base64");
  const key = `-----BEGIN PRIVATE KEY-----\n${der.replace(/(.{64})/g, "$1\n").trimEnd()}\n-----END PRIVATE KEY-----\n`;
  return {
    certificate: `${certificate.toString("pem").trimEnd()}\n`,
    key,
    notBefore: certificate.notBefore.getTime(),
    notAfter: certificate.notAfter.getTime(),
  };
}

function validity(now: number, lifetimeMs: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now - SKEW_MS), notAfter: new Date(now + lifetimeMs) };
}

function servingExtensions(names: readonly string[], addresses: readonly string[]): Extension[] {
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension([
      ...names.map((value) => ({ type: "dns" as const, value })),
      ...addresses.map((value) => ({ type: "ip" as const, value })),
    ]),
  ];
}
