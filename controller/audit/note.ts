import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { AuditError } from "./errors.ts";
import { sha256 } from "./hash.ts";

/** Algorithm byte of Ed25519 in C2SP signed notes. */
export const ED25519 = 1;

/** DER of an Ed25519 SubjectPublicKeyInfo up to the 32 bytes of the key. */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** A public key that verifies notes (C2SP "vkey"). */
export interface NoteVerifier {
  name: string;
  /** First 4 bytes of SHA-256(name || "\n" || 0x01 || key), in hex. */
  keyId: string;
  /** `<name>+<key id>+<base64(0x01 || key)>` */
  vkey: string;
  /** `SHA256:<base64 of the hash of the 32 key bytes>`, for people to compare. */
  fingerprint: string;
  verify(text: string, signature: Buffer): boolean;
}

/** A signed note: `text` ends with a newline; signatures are as they stand, not yet verified. */
export interface Note {
  text: string;
  signatures: { name: string; keyId: string; signature: Buffer }[];
}

/** Key id of an Ed25519 key under a name, as 4 bytes. */
export function keyIdOf(name: string, publicKey: Buffer): Buffer {
  return sha256(Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([ED25519]), publicKey])).subarray(0, 4);
}

/** The vkey text of a raw 32-byte Ed25519 public key. @throws AuditError BAD_KEY */
export function formatVkey(name: string, publicKey: Buffer): string {
  if (!name || /[\s+]/u.test(name)) {
    throw new AuditError("BAD_KEY", "a key's name must not be empty nor hold spaces or a plus sign");
  }
  const key = Buffer.concat([Buffer.from([ED25519]), publicKey]).toString("base64");
  return `${name}+${keyIdOf(name, publicKey).toString("hex")}+${key}`;
}

/** Reads a vkey. @throws AuditError BAD_KEY when it is malformed, of another algorithm, or its id does not fit. */
export function parseVkey(vkey: string): NoteVerifier {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/u.exec(vkey.trim());
  const [, name, keyId, encoded] = match ?? [];
  if (!name || !keyId || !encoded) throw new AuditError("BAD_KEY", "not a key of the form <name>+<id>+<base64>");
  const data = Buffer.from(encoded, "base64");
  if (data.length !== 33 || data[0] !== ED25519)
    throw new AuditError("BAD_KEY", `the key of ${name} is no Ed25519 key`);
  const raw = data.subarray(1);
  if (keyIdOf(name, raw).toString("hex") !== keyId)
    throw new AuditError("BAD_KEY", `the id of ${name} does not fit its key`);
  const key: KeyObject = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: "der", type: "spki" });
  return {
    name,
    keyId,
    vkey: formatVkey(name, raw),
    fingerprint: `SHA256:${sha256(raw).toString("base64").replace(/=+$/u, "")}`,
    verify: (text, signature) => verify(null, Buffer.from(text), key, signature),
  };
}

/** Reads a file of vkeys, one a line; empty lines and lines that begin with `#` are skipped. @throws AuditError BAD_KEY */
export function parseKeyFile(text: string): NoteVerifier[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith("#"))
    .map(parseVkey);
}

/** The text of a note with its signature lines. */
export function formatNote(note: Note): string {
  const lines = note.signatures.map(
    ({ name, keyId, signature }) =>
      `— ${name} ${Buffer.concat([Buffer.from(keyId, "hex"), signature]).toString("base64")}\n`,
  );
  return `${note.text}\n${lines.join("")}`;
}

/** Takes a note apart. @throws AuditError BAD_NOTE */
export function parseNote(source: string): Note {
  const split = source.lastIndexOf("\n\n");
  if (split < 0 || !source.endsWith("\n")) throw new AuditError("BAD_NOTE", "no signature block");
  const text = source.slice(0, split + 1);
  const signatures: Note["signatures"] = [];
  for (const line of source.slice(split + 2, -1).split("\n")) {
    const [, name, encoded] = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line) ?? [];
    const data = Buffer.from(encoded ?? "", "base64");
    // Base64 has spare bits; only the one canonical form is taken.
    if (!name || data.length < 5 || data.toString("base64") !== encoded) {
      throw new AuditError("BAD_NOTE", "a malformed signature line");
    }
    signatures.push({ name, keyId: data.toString("hex", 0, 4), signature: data.subarray(4) });
  }
  return { text, signatures };
}

/**
 * The first of `verifiers` with a valid signature on the note. A signature of a known key that does not verify is an
 * error even when another does; unknown keys' signatures are ignored. @throws AuditError BAD_SIGNATURE
 */
export function verifyNote(note: Note, verifiers: readonly NoteVerifier[]): NoteVerifier {
  let found: NoteVerifier | undefined;
  for (const { name, keyId, signature } of note.signatures) {
    const verifier = verifiers.find((v) => v.name === name && v.keyId === keyId);
    if (!verifier) continue;
    if (!verifier.verify(note.text, signature))
      throw new AuditError("BAD_SIGNATURE", `the signature of ${name} does not verify`);
    found ??= verifier;
  }
  if (!found) {
    const signers = note.signatures.map((s) => `${s.name}+${s.keyId}`).join(", ");
    throw new AuditError("BAD_SIGNATURE", `not signed by a known key (signed by ${signers})`);
  }
  return found;
}
