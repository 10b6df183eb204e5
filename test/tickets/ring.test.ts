import test from "ava";
import { TicketError } from "../../controller/tickets/errors.ts";
import type { KeyRing } from "../../controller/tickets/ring.ts";
import { activeKey, keyDue, parseRing, publicSet, withKey, withoutExpired } from "../../controller/tickets/ring.ts";

const policy = { rotateAfterMs: 1_000_000, leadMs: 10_000 };
const key = (kid: string) => ({ kid, jwk: { kty: "OKP", crv: "Ed25519", x: `x-${kid}`, d: `d-${kid}` } });

test("an empty ring needs a key, which signs at once", (t) => {
  const empty: KeyRing = { keys: [] };
  t.true(keyDue(empty, 0, policy));
  const ring = withKey(empty, key("k1"), 5, policy);
  t.is(activeKey(ring, 5)?.kid, "k1");
  t.false(keyDue(ring, 5, policy));
});

test("a new key is published before its first use, and the old one until its last ticket expired", (t) => {
  const first = withKey({ keys: [] }, key("k1"), 0, policy);
  const due = policy.rotateAfterMs - policy.leadMs;
  t.false(keyDue(first, due - 1, policy));
  t.true(keyDue(first, due, policy));
  const both = withKey(first, key("k2"), due, policy);
  t.deepEqual(
    publicSet(both).keys.map(({ kid }) => kid),
    ["k1", "k2"],
  );
  t.is(activeKey(both, due)?.kid, "k1");
  t.is(activeKey(both, due + policy.leadMs - 1)?.kid, "k1");
  t.is(activeKey(both, due + policy.leadMs)?.kid, "k2");

  const takeover = due + policy.leadMs;
  // The longest ticket that k1 could have signed lives five minutes more.
  t.is(withoutExpired(both, takeover + 300_000), both);
  t.deepEqual(
    withoutExpired(both, takeover + 360_000).keys.map(({ kid }) => kid),
    ["k2"],
  );
});

test("a clock that was set back does not leave the controller without a key", (t) => {
  const ring = withKey({ keys: [] }, key("k1"), 1_000_000, policy);
  t.is(activeKey(ring, 0)?.kid, "k1");
  t.is(activeKey({ keys: [] }, 0), undefined);
});

test("the only key is never dropped, however old", (t) => {
  const ring = withKey({ keys: [] }, key("k1"), 0, policy);
  t.is(withoutExpired(ring, Number.MAX_SAFE_INTEGER), ring);
});

test("the public set holds no private half", (t) => {
  const ring = withKey({ keys: [] }, key("k1"), 0, policy);
  t.false(JSON.stringify(publicSet(ring)).includes("d-k1"));
});

test("a ring reads back as written; a broken one is refused without quoting it", (t) => {
  const ring = withKey({ keys: [] }, key("k1"), 0, policy);
  t.deepEqual(parseRing(JSON.stringify(ring)), ring);
  t.deepEqual(parseRing(""), { keys: [] });
  for (const broken of ["{", "[]", '{"keys":[{"kid":"s3cret"}]}', '"s3cret"', "s3cret"]) {
    const error = t.throws(() => parseRing(broken), { instanceOf: TicketError });
    t.is(error?.code, "KEYS_MALFORMED");
    t.false(error?.message.includes("s3cret"));
  }
});
