import { hash } from "node:crypto";

/** SHA-256 of the empty string: the root of a tree without leaves. */
export const EMPTY_ROOT: Buffer = hash("sha256", "", "buffer");

/** `prev` of the first event. */
export const ZERO_HASH = "0".repeat(64);

/** SHA-256 of bytes or of the UTF-8 of a string. */
export function sha256(data: Buffer | string): Buffer {
  return hash("sha256", data, "buffer");
}

/** RFC 6962 hash of a leaf: SHA-256(0x00 || data). */
export function leafHash(data: Buffer): Buffer {
  const input = Buffer.allocUnsafe(data.length + 1);
  input[0] = 0;
  data.copy(input, 1);
  return hash("sha256", input, "buffer");
}

/** RFC 6962 hash of an inner node: SHA-256(0x01 || left || right). */
export function nodeHash(left: Buffer, right: Buffer): Buffer {
  const input = Buffer.allocUnsafe(65);
  input[0] = 1;
  left.copy(input, 1);
  right.copy(input, 33);
  return hash("sha256", input, "buffer");
}
