/** The API's MicroTime: RFC 3339 with six fractional digits, the only form that Lease and Event times accept. */
export function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace("Z", "000Z");
}
