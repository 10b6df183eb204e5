/** One of 32 bits per label, by a hash of its key and value: what has all of some labels has all of their bits. */
export function labelBits(labels: Readonly<Record<string, string>> | undefined): number {
  let bits = 0;
  for (const label of Object.entries(labels ?? {})) {
    const text = label.join("=");
    let hash = 0;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash, 31) + text.charCodeAt(i);
    bits |= 1 << (Math.imul(hash, 0x9e3779b1) >>> 27);
  }
  return bits;
}
