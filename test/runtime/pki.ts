import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

async function pair(keys: webcrypto.CryptoKeyPair) {
  const exported = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return x509.PemConverter.encode(exported, "PRIVATE KEY");
}

/** A throw-away authority with a server certificate for 127.0.0.1 and a client certificate. PEM. */
export async function issueTestPki() {
  const generate = () =>
    webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as Promise<webcrypto.CryptoKeyPair>;
  const [caKeys, serverKeys, clientKeys] = await Promise.all([generate(), generate(), generate()]);
  const life = {
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    signingAlgorithm: algorithm,
  };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...life,
    name: "CN=test authority",
    serialNumber: "01",
    keys: caKeys as never,
    extensions: [new x509.BasicConstraintsExtension(true, 1, true)],
  });
  const issue = (name: string, keys: webcrypto.CryptoKeyPair, serialNumber: string) =>
    x509.X509CertificateGenerator.create({
      ...life,
      subject: name,
      issuer: ca.subject,
      serialNumber,
      publicKey: keys.publicKey as never,
      signingKey: caKeys.privateKey as never,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }])],
    });
  const server = await issue("CN=127.0.0.1", serverKeys, "02");
  const client = await issue("CN=tester", clientKeys, "03");
  return {
    ca: ca.toString("pem"),
    server: { cert: server.toString("pem"), key: await pair(serverKeys) },
    client: { cert: client.toString("pem"), key: await pair(clientKeys) },
  };
}
