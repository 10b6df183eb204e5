import { AuditError } from "./errors.ts";
import { type Note, type NoteVerifier, parseNote, verifyNote } from "./note.ts";

/** What a log claims about itself: so many leaves, this root. */
export interface Checkpoint {
  origin: string;
  size: number;
  /** Root hash in base64, as it stands in the checkpoint. */
  root: string;
}

/** The body of a C2SP checkpoint: origin, size, base64 root, a line each. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root}\n`;
}

/** Reads a checkpoint's body. @throws AuditError BAD_NOTE */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin, size, encoded, ...rest] = text.split("\n");
  const root = Buffer.from(encoded ?? "", "base64");
  const plain = rest.length === 1 && rest[0] === "";
  if (
    !origin ||
    !size ||
    !/^(0|[1-9]\d{0,15})$/u.test(size) ||
    root.length !== 32 ||
    !encoded ||
    root.toString("base64") !== encoded ||
    !plain
  ) {
    throw new AuditError("BAD_NOTE", "not a checkpoint of origin, size and root");
  }
  return { origin, size: Number(size), root: encoded };
}

/** A checkpoint whose signature was verified, and by which key. */
export interface SignedCheckpoint extends Checkpoint {
  signer: NoteVerifier;
  note: Note;
}

/** Reads and verifies a signed checkpoint. @throws AuditError BAD_NOTE, BAD_SIGNATURE */
export function openCheckpoint(source: string, verifiers: readonly NoteVerifier[]): SignedCheckpoint {
  const note = parseNote(source);
  const signer = verifyNote(note, verifiers);
  const checkpoint = parseCheckpoint(note.text);
  if (signer.name !== checkpoint.origin) {
    throw new AuditError("BAD_SIGNATURE", `a checkpoint of ${checkpoint.origin} signed by the key of ${signer.name}`);
  }
  return { ...checkpoint, signer, note };
}
