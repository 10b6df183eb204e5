import { X509Certificate } from "node:crypto";
import test from "ava";
import { CertificateError, issueServing, readKeyPair } from "../../controller/runtime/https/certificates.ts";
import {
  AUTHORITY_LIFETIME_MS,
  AUTHORITY_RENEWAL_MS,
  authorityIsDue,
  decodeAuthority,
  encodeAuthority,
  OVERLAP_MS,
  renewAuthority,
  SERVING_LIFETIME_MS,
  trustBundle,
} from "../../webhook/certificates/authority.ts";

const now = Date.UTC(2026, 0, 15);
const hour = 60 * 60 * 1000;

test("an authority lives a year and is due 90 days before its end", async (t) => {
  const authority = await renewAuthority(undefined, now);
  t.is(authority.current.notAfter, now + AUTHORITY_LIFETIME_MS);
  t.false(authorityIsDue(authority, now));
  t.false(authorityIsDue(authority, now + AUTHORITY_LIFETIME_MS - AUTHORITY_RENEWAL_MS - 1));
  t.true(authorityIsDue(authority, now + AUTHORITY_LIFETIME_MS - AUTHORITY_RENEWAL_MS));
});

test("an authority from a clock that was ahead is due", async (t) => {
  const authority = await renewAuthority(undefined, now);
  t.true(authorityIsDue(authority, now - 2 * hour));
});

test("the bundle holds the authority before for as long as its certificates may be met", async (t) => {
  const first = await renewAuthority(undefined, now);
  const later = now + 300 * 24 * hour;
  const second = await renewAuthority(first, later);
  t.is(trustBundle(first, now), first.current.certificate);
  t.is(trustBundle(second, later), second.current.certificate + first.current.certificate);
  t.true(OVERLAP_MS > SERVING_LIFETIME_MS);
  t.is(trustBundle(second, later + OVERLAP_MS), second.current.certificate);
});

test("an authority comes back from the Secret as it went in", async (t) => {
  const second = await renewAuthority(await renewAuthority(undefined, now), now + hour);
  const data = encodeAuthority(second) as Record<string, string>;
  t.deepEqual(await decodeAuthority(data), second);
  t.is(await decodeAuthority({}), undefined);
  t.is(await decodeAuthority(undefined), undefined);
});

test("a Secret that holds rubbish, or the key of another, is told apart from an empty one", async (t) => {
  const one = await renewAuthority(undefined, now);
  const other = await renewAuthority(undefined, now);
  const data = encodeAuthority(one) as Record<string, string>;
  await t.throwsAsync(decodeAuthority({ ...data, "ca.crt": "cnViYmlzaA==" }), {
    instanceOf: CertificateError,
    code: "CERTIFICATE_MALFORMED",
  });
  await t.throwsAsync(readKeyPair(one.current.certificate, other.current.key), {
    instanceOf: CertificateError,
    code: "CERTIFICATE_KEY_MISMATCH",
  });
});

test("a serving certificate names its server, is signed by the authority and never outlives it", async (t) => {
  const { current } = await renewAuthority(undefined, now);
  const options = { authority: current, names: ["a.b.svc"], addresses: ["127.0.0.1"], lifetimeMs: SERVING_LIFETIME_MS };
  const pair = await issueServing({ ...options, now });
  const certificate = new X509Certificate(pair.certificate);
  t.truthy(certificate.checkHost("a.b.svc"));
  t.truthy(certificate.checkIP("127.0.0.1"));
  t.falsy(certificate.checkHost("c.b.svc"));
  t.true(certificate.verify(new X509Certificate(current.certificate).publicKey));
  t.false(certificate.ca);
  t.is(pair.notAfter, now + SERVING_LIFETIME_MS);
  const late = await issueServing({ ...options, now: current.notAfter - hour });
  t.is(late.notAfter, current.notAfter);
});
