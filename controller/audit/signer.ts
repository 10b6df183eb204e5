import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { type Checkpoint, formatCheckpoint } from "./checkpoint.ts";
import { AuditError, messageOf } from "./errors.ts";
import { formatNote, formatVkey, type NoteVerifier, parseVkey } from "./note.ts";

/** Signs a log's checkpoints. Its key never leaves it. */
export interface LogSigner {
  /** The key's name: the origin of the log. */
  readonly origin: string;
  /** The public half. */
  readonly verifier: NoteVerifier;
  /** The signed note of a checkpoint. */
  signCheckpoint(checkpoint: Checkpoint): string;
}

/** Values as a Kubernetes Secret's `data` holds them: base64. */
export type SecretData = Record<string, string>;

/** Where a log's key is kept. `write` must refuse (throw) when somebody else wrote in between. */
export interface KeyStore {
  read(): Promise<SecretData | undefined>;
  write(data: SecretData): Promise<void>;
}

/** Name of the entry of a Secret that holds the private key (PKCS #8 PEM, base64). */
export const PRIVATE_KEY_ENTRY = "private.pem";
/** Name of the entry of a Secret that holds the key's name, base64. */
export const KEY_NAME_ENTRY = "name";
/** Name of the entry of a ConfigMap that holds the public key as vkey. */
const PUBLIC_KEY_ENTRY = "log.vkey";

/** A signer from a private Ed25519 key. @throws AuditError BAD_KEY */
export function createLogSigner({ origin, privateKey }: { origin: string; privateKey: KeyObject }): LogSigner {
  if (privateKey.asymmetricKeyType !== "ed25519") throw new AuditError("BAD_KEY", "the log's key is no Ed25519 key");
  const raw = createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(-32);
  const verifier = parseVkey(formatVkey(origin, raw));
  return {
    origin,
    verifier,
    signCheckpoint(checkpoint) {
      if (checkpoint.origin !== origin) throw new AuditError("BAD_KEY", `the key of ${origin} signs no other log`);
      const text = formatCheckpoint(checkpoint);
      const signature = sign(null, Buffer.from(text), privateKey);
      return formatNote({ text, signatures: [{ name: origin, keyId: verifier.keyId, signature }] });
    },
  };
}

function fromStore(origin: string, data: SecretData | undefined): LogSigner | undefined {
  const encoded = data?.[PRIVATE_KEY_ENTRY];
  if (!encoded) return undefined;
  const name = Buffer.from(data?.[KEY_NAME_ENTRY] ?? "", "base64").toString();
  if (name !== origin) {
    throw new AuditError("BAD_KEY", `the stored key is named ${JSON.stringify(name)}, not ${JSON.stringify(origin)}`);
  }
  try {
    return createLogSigner({ origin, privateKey: createPrivateKey(Buffer.from(encoded, "base64").toString()) });
  } catch (error) {
    // The key's text must not reach a log line, so the cause is named but not carried.
    throw new AuditError(
      "BAD_KEY",
      `the stored key of ${origin} can't be read (${error instanceof AuditError ? error.code : "malformed"})`,
    );
  }
}

/**
 * The log's signer from its store; the first call for an empty store makes a key and stores it. When two race, the
 * one that was stored wins. `publicData` is what the public ConfigMap holds. @throws AuditError BAD_KEY
 */
export async function createLogKeys({
  origin,
  read,
  write,
}: KeyStore & { origin: string }): Promise<{ signer: LogSigner; vkey: string; publicData: Record<string, string> }> {
  let signer = fromStore(origin, await read());
  if (!signer) {
    const { privateKey } = generateKeyPairSync("ed25519");
    const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    try {
      await write({
        [PRIVATE_KEY_ENTRY]: Buffer.from(pem).toString("base64"),
        [KEY_NAME_ENTRY]: Buffer.from(origin).toString("base64"),
      });
      signer = createLogSigner({ origin, privateKey });
    } catch (error) {
      signer = fromStore(origin, await read());
      if (!signer)
        throw new AuditError("AUDIT_UNAVAILABLE", `the log's new key could not be stored: ${messageOf(error)}`, {
          cause: error,
        });
    }
  }
  const { vkey } = signer.verifier;
  return { signer, vkey, publicData: { [PUBLIC_KEY_ENTRY]: vkey } };
}
