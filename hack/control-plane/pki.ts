import "reflect-metadata"; // the X.509 library needs it loaded first
import { generateKeyPairSync, randomBytes, type webcrypto } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import { writeFileAtomic } from "../lib/files.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const tenYearsMs = 10 * 365 * 24 * 3600 * 1000;

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  cert: string;
  key: string;
}

/** Who a client certificate speaks for: CN is the user, each O a group. */
export interface ClientIdentity {
  user: string;
  groups?: readonly string[];
}

/** Creates the authority and the ServiceAccount signing key of a control plane, unless the folder holds them. */
export async function ensureAuthority(directory: string): Promise<void> {
  if (!existsSync(join(directory, "ca.crt"))) {
    const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const cert = await x509.X509CertificateGenerator.createSelfSigned({
      ...lifetime(),
      serialNumber: serialNumber(),
      name: [{ CN: ["agent-safe local control plane"] }],
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    // The certificate comes last: its presence says that both are there.
    writeFileAtomic(join(directory, "ca.key"), await privatePem(keys.privateKey));
    writeFileAtomic(join(directory, "ca.crt"), `${cert.toString("pem")}\n`);
  }
  if (!existsSync(join(directory, "sa.pub"))) {
    const keys = generateKeyPairSync("ec", {
      namedCurve: "P-256",
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    writeFileAtomic(join(directory, "sa.key"), keys.privateKey);
    writeFileAtomic(join(directory, "sa.pub"), keys.publicKey);
  }
}

/** A client certificate signed by the authority in `directory`. */
export function issueClientCertificate(directory: string, identity: ClientIdentity): Promise<KeyPair> {
  const name: x509.JsonName = [{ CN: [identity.user] }];
  if (identity.groups !== undefined && identity.groups.length > 0) name.unshift({ O: [...identity.groups] });
  return issue(directory, name, [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])]);
}

/** A server certificate for 127.0.0.1, localhost and further names, signed by the authority in `directory`. */
export function issueServerCertificate(
  directory: string,
  commonName: string,
  names: readonly x509.JsonGeneralName[] = [],
): Promise<KeyPair> {
  return issue(
    directory,
    [{ CN: [commonName] }],
    [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: "ip", value: "127.0.0.1" },
        { type: "dns", value: "localhost" },
        ...names,
      ]),
    ],
  );
}

/** The pair of that name in `directory`, made by `make` and kept there the first time. */
export async function keptPair(directory: string, name: string, make: () => Promise<KeyPair>): Promise<KeyPair> {
  const [certFile, keyFile] = [join(directory, `${name}.crt`), join(directory, `${name}.key`)];
  if (existsSync(certFile)) return { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") };
  const pair = await make();
  writeFileAtomic(keyFile, pair.key);
  writeFileAtomic(certFile, pair.cert);
  return pair;
}

async function issue(directory: string, subject: x509.JsonName, extensions: x509.Extension[]): Promise<KeyPair> {
  const authority = new x509.X509Certificate(readFileSync(join(directory, "ca.crt"), "utf8"));
  const pem = readFileSync(join(directory, "ca.key"), "utf8");
  const signingKey = await crypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(pem), algorithm, false, [
    "sign",
  ]);
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const cert = await x509.X509CertificateGenerator.create({
    ...lifetime(),
    serialNumber: serialNumber(),
    subject,
    issuer: authority.subjectName,
    signingKey,
    publicKey: keys.publicKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.AuthorityKeyIdentifierExtension.create(authority),
      ...extensions,
    ],
  });
  return { cert: `${cert.toString("pem")}\n`, key: await privatePem(keys.privateKey) };
}

/** Valid from a minute ago, so that a clock that steps back a little does no harm. */
function lifetime(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + tenYearsMs) };
}

function serialNumber(): string {
  return `01${randomBytes(15).toString("hex")}`;
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}
