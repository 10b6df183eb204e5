import test from "ava";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { createDelegation, type IdentitySigner, mintIdentity } from "../../controller/identity/issue-identity.ts";
import { jwksKeys, sharedKeys, type TrustedIssuer } from "../../controller/identity/trusted-keys.ts";
import { readScope } from "../../controller/identity/verify-chain.ts";
import { type VerifyIdentityOptions, verifyIdentity } from "../../controller/identity/verify-identity.ts";

const NOW = Date.parse("2026-03-01T10:00:00Z");
const IAT = NOW / 1000;
const ISSUER = "https://issuer.example";
const HOUR = 3_600_000;
const secret = Buffer.alloc(32, 7);

const ed = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
const ec = await generateKeyPair("ES256", { extractable: true });
const rsa = await generateKeyPair("RS256", { extractable: true, modulusLength: 2048 });
const jwkOf = async (pair: typeof ed, kid: string) => ({ ...(await exportJWK(pair.publicKey)), kid });
const published = { keys: [await jwkOf(ed, "ed"), await jwkOf(ec, "ec"), await jwkOf(rsa, "rsa")] };

const shared: IdentitySigner = { issuer: ISSUER, algorithm: "HS256", key: secret };
const edSigner: IdentitySigner = { issuer: ISSUER, algorithm: "EdDSA", key: ed.privateKey, kid: "ed" };
const ecSigner: IdentitySigner = { issuer: ISSUER, algorithm: "ES256", key: ec.privateKey, kid: "ec" };
const bySecret: TrustedIssuer = { issuer: ISSUER, keys: sharedKeys(secret) };
const byJwks: TrustedIssuer = { issuer: ISSUER, keys: jwksKeys(published) };
const by = (issuer: TrustedIssuer, more: Partial<VerifyIdentityOptions> = {}) => ({
  issuers: [issuer],
  now: NOW,
  ...more,
});

const claims = { subject: "deploy-bot", roles: ["deployer", "reader"], groups: ["platform"], now: NOW, tokenId: "t-1" };

const parentToken = await mintIdentity(shared, claims);

/** A token of any header and payload, signed by the shared key. */
function forged(payload: Record<string, unknown>, header: Record<string, unknown> = {}, key: Uint8Array = secret) {
  return new SignJWT({ iss: ISSUER, sub: "x", jti: "j", iat: IAT, exp: IAT + 60, roles: [], groups: [], ...payload })
    .setProtectedHeader({ alg: "HS256", typ: "agentsafe-identity+jwt", ...header })
    .sign(key);
}

for (const [name, signer, issuer] of [
  ["HS256 by a shared key", shared, bySecret],
  ["EdDSA by a JWKS", edSigner, byJwks],
  ["ES256 by a JWKS", ecSigner, byJwks],
] as const) {
  test(`mints and verifies with ${name}`, async (t) => {
    const found = await verifyIdentity(await mintIdentity(signer, claims), by(issuer));
    t.deepEqual(found, {
      issuer: ISSUER,
      subject: "deploy-bot",
      rootSubject: "deploy-bot",
      tokenId: "t-1",
      roles: ["deployer", "reader"],
      groups: ["platform"],
      issuedAt: NOW,
      expiresAt: NOW + HOUR,
      depth: 0,
      maxDepth: 0,
      chain: [],
    });
  });
}

const unsigned = (header: object, payload: object) =>
  `${[header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".")}.`;

const bad: [what: string, token: () => Promise<string> | string, options: VerifyIdentityOptions, code: string][] = [
  ["bare text", () => "deploy-bot", by(bySecret), "MALFORMED"],
  ["nothing", () => "", by(bySecret), "MALFORMED"],
  ["too many bytes", () => "x".repeat(16_385), by(bySecret), "TOO_LARGE"],
  ["an issuer that is not trusted", () => forged({ iss: "https://evil.example" }), by(bySecret), "UNKNOWN_ISSUER"],
  ["no issuer", () => forged({ iss: undefined }), by(bySecret), "UNKNOWN_ISSUER"],
  ["another key", () => forged({}, {}, Buffer.alloc(32, 8)), by(bySecret), "BAD_SIGNATURE"],
  [
    "alg none",
    () => unsigned({ alg: "none", typ: "agentsafe-identity+jwt" }, { iss: ISSUER, sub: "x" }),
    by(bySecret),
    "WRONG_ALGORITHM",
  ],
  [
    "the public key as an HMAC secret",
    () => forged({}, { kid: "ed" }, Buffer.from(JSON.stringify(published.keys[0]))),
    by(byJwks),
    "WRONG_ALGORITHM",
  ],
  [
    "an algorithm of another key of the set",
    () => mintIdentity({ ...edSigner, kid: "ec" }, claims),
    by(byJwks),
    "WRONG_ALGORITHM",
  ],
  [
    "a key id that is not published",
    () => mintIdentity({ ...edSigner, kid: "old" }, claims),
    by(byJwks),
    "UNKNOWN_KEY",
  ],
  [
    "no key id where there are several keys",
    () => mintIdentity({ issuer: ISSUER, algorithm: "EdDSA", key: ed.privateKey }, claims),
    by(byJwks),
    "UNKNOWN_KEY",
  ],
  ["an execution ticket", () => forged({}, { typ: "agentsafe-ticket+jwt" }), by(bySecret), "WRONG_TYPE"],
  ["a plain JWT of a shared key", () => forged({}, { typ: "JWT" }), by({ ...bySecret, audience: "a" }), "WRONG_TYPE"],
  [
    "a plain JWT without an audience asked for",
    () => new SignJWT({ iss: ISSUER }).setProtectedHeader({ alg: "EdDSA", kid: "ed" }).sign(ed.privateKey),
    by(byJwks),
    "WRONG_TYPE",
  ],
  ["expired, at that second", () => forged({}), by(bySecret, { now: NOW + 60_000 }), "EXPIRED"],
  ["issued a second from now", () => forged({ iat: IAT + 1 }), by(bySecret), "NOT_YET_VALID"],
  ["not valid before a second from now", () => forged({ nbf: IAT + 1 }), by(bySecret), "NOT_YET_VALID"],
  ["no exp", () => forged({ exp: undefined }), by(bySecret), "MISSING_CLAIM"],
  ["no iat", () => forged({ iat: undefined }), by(bySecret), "MISSING_CLAIM"],
  ["no jti", () => forged({ jti: undefined }), by(bySecret), "MISSING_CLAIM"],
  ["no sub", () => forged({ sub: undefined }), by(bySecret), "MISSING_CLAIM"],
  ["an empty sub", () => forged({ sub: "" }), by(bySecret), "BAD_CLAIM"],
  ["roles as a text", () => forged({ roles: "admin" }), by(bySecret), "BAD_CLAIM"],
  ["roles of objects", () => forged({ roles: [{}] }), by(bySecret), "BAD_CLAIM"],
  ["an identity with a chain", () => forged({ delegation: {} }), by(bySecret), "BAD_CLAIM"],
  ["no audience", () => forged({}), by({ ...bySecret, audience: "here" }), "MISSING_CLAIM"],
  ["another audience", () => forged({ aud: "there" }), by({ ...bySecret, audience: "here" }), "WRONG_AUDIENCE"],
  ["revoked", () => forged({ jti: "gone" }), by(bySecret, { revoked: new Set(["gone"]) }), "REVOKED"],
];
for (const [what, token, options, code] of bad) {
  test(`refused: ${what}`, async (t) => {
    const error = await t.throwsAsync(async () => verifyIdentity(await token(), options));
    t.like(error, { name: "IdentityError", code });
  });
}

test("tolerance widens the times only when it is asked for", async (t) => {
  const token = await forged({ iat: IAT + 1 });
  t.is((await verifyIdentity(token, by(bySecret, { toleranceSeconds: 2 }))).subject, "x");
  t.is((await verifyIdentity(await forged({}), by(bySecret, { now: NOW + 61_000, toleranceSeconds: 2 }))).subject, "x");
});

test("a token of another maker, for this audience, says who but not what roles", async (t) => {
  const token = await new SignJWT({
    iss: ISSUER,
    aud: "agent-safe",
    sub: "auth0|1",
    iat: IAT,
    exp: IAT + 60,
    roles: ["admin"],
  })
    .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: "rsa" })
    .sign(rsa.privateKey);
  const found = await verifyIdentity(token, by({ ...byJwks, audience: "agent-safe" }));
  t.is(found.subject, "auth0|1");
  t.is(found.roles, undefined);
});

test("keys that can't be trusted are refused when they are read", async (t) => {
  const privateSet = { keys: [await exportJWK(ed.privateKey)] };
  for (const keys of [
    () => sharedKeys(Buffer.alloc(31)),
    () => jwksKeys(privateSet),
    () => jwksKeys({ keys: [{ kty: "oct", k: "AAAA" }] }),
    () => jwksKeys({ keys: [published.keys[0], published.keys[0]] }),
    () => jwksKeys({ keys: [published.keys[0], { ...published.keys[1], kid: undefined }] }),
    () => jwksKeys({ keys: [] }),
    () => jwksKeys(null),
    () => jwksKeys({ keys: [{ kty: "OKP", crv: "X25519", x: "AA" }] }),
  ]) {
    t.like(t.throws(keys), { name: "IdentityError", code: "BAD_KEY" });
  }
});

const lendBy = (signer: IdentitySigner, issuer: TrustedIssuer, more: Partial<VerifyIdentityOptions> = {}) => ({
  ...by(issuer, more),
  signer,
});
const options = lendBy(shared, bySecret);

test("a delegation holds a part, is named under its parent, and can be lent on as deep as the root said", async (t) => {
  const first = await createDelegation(
    parentToken,
    { to: "helper", roles: ["reader"], scope: { actions: ["get-*"] }, maxDepth: 2, ttlMs: 60_000, tokenId: "t-2" },
    options,
  );
  t.like(first.identity, {
    subject: "deploy-bot/helper",
    rootSubject: "deploy-bot",
    depth: 1,
    maxDepth: 2,
    roles: ["reader"],
    groups: [],
  });
  t.is(first.identity.expiresAt, NOW + 60_000);
  const later = { ...options, now: NOW + 30_000 };
  const second = await createDelegation(first.token, { to: "intern", ttlMs: HOUR, tokenId: "t-3" }, later);
  t.like(second.identity, { subject: "deploy-bot/helper/intern", depth: 2, roles: [] });
  t.is(second.identity.expiresAt, NOW + 60_000);
  t.deepEqual(
    second.identity.chain.map((link) => [link.subject, link.tokenId, link.scope]),
    [
      ["deploy-bot", "t-1", { actions: ["get-*"] }],
      ["deploy-bot/helper", "t-2", undefined],
    ],
  );
  await t.throwsAsync(createDelegation(second.token, { to: "deeper", tokenId: "t-4" }, later), { code: "TOO_DEEP" });
  for (const id of ["t-1", "t-2", "t-3"]) {
    await t.throwsAsync(verifyIdentity(second.token, by(bySecret, { now: NOW + 30_000, revoked: new Set([id]) })), {
      code: "REVOKED",
    });
  }
  // What the parent holds is not handed on: the child must not be able to act as its parent.
  t.false(
    Buffer.from(second.token.split(".")[1] ?? "", "base64url")
      .toString()
      .includes(parentToken.split(".")[2] ?? "?"),
  );
});

const notLent: [what: string, input: Parameters<typeof createDelegation>[1], code: string][] = [
  ["a role that the parent has not", { to: "h", roles: ["admin", "reader"], tokenId: "n" }, "NOT_NARROWER"],
  ["a group that the parent has not", { to: "h", groups: ["x"], tokenId: "n" }, "NOT_NARROWER"],
  ["a receiver with a /", { to: "a/b", tokenId: "n" }, "BAD_RECEIVER"],
  ["no receiver", { to: "", tokenId: "n" }, "BAD_RECEIVER"],
  ["oneself", { to: "deploy-bot", tokenId: "n" }, "BAD_RECEIVER"],
  ["for no time", { to: "h", ttlMs: 0, tokenId: "n" }, "INVALID_LIFETIME"],
  ["for less than no time", { to: "h", ttlMs: -1, tokenId: "n" }, "INVALID_LIFETIME"],
  ["for ever", { to: "h", ttlMs: Number.POSITIVE_INFINITY, tokenId: "n" }, "INVALID_LIFETIME"],
  ["deeper than five", { to: "h", maxDepth: 6, tokenId: "n" }, "TOO_DEEP"],
  ["a scope of nothing", { to: "h", scope: { actions: [] }, tokenId: "n" }, "BAD_CLAIM"],
  ["under the parent's own id", { to: "h", tokenId: "t-1" }, "CHAIN_BROKEN"],
];
for (const [what, input, code] of notLent) {
  test(`not lent: ${what}`, async (t) => {
    await t.throwsAsync(createDelegation(parentToken, input, options), { code });
  });
}

test("a later link does not set the depth, and one issuer does not lend for another", async (t) => {
  const { token } = await createDelegation(parentToken, { to: "helper", maxDepth: 3, tokenId: "t-2" }, options);
  await t.throwsAsync(createDelegation(token, { to: "x", maxDepth: 5, tokenId: "t-3" }, options), { code: "TOO_DEEP" });
  const other = { ...shared, issuer: "https://other.example" };
  await t.throwsAsync(createDelegation(parentToken, { to: "x", tokenId: "t-3" }, { ...options, signer: other }), {
    code: "UNKNOWN_ISSUER",
  });
});

const link = { sub: "a", jti: "j1", exp: IAT + 60, roles: ["r"], groups: [], at: IAT };
const chainOf = (delegation: unknown, payload: object = {}) =>
  forged({ sub: "a/b", roles: ["r"], delegation, ...payload }, { typ: "agentsafe-delegation+jwt" });
const broken: [what: string, token: () => Promise<string>, code: string][] = [
  ["no chain", () => chainOf(undefined), "BAD_CLAIM"],
  ["an empty chain", () => chainOf({ maxDepth: 1, chain: [] }), "BAD_CLAIM"],
  ["no depth", () => chainOf({ chain: [link] }), "BAD_CLAIM"],
  ["a depth beyond five", () => chainOf({ maxDepth: 6, chain: [link] }), "BAD_CLAIM"],
  [
    "more links than the root allows",
    () => chainOf({ maxDepth: 1, chain: [link, { ...link, sub: "a/b", jti: "j2" }] }, { sub: "a/b/c" }),
    "TOO_DEEP",
  ],
  [
    "an id that is not under the parent's",
    () => chainOf({ maxDepth: 1, chain: [link] }, { sub: "admin" }),
    "CHAIN_BROKEN",
  ],
  ["an id two levels down", () => chainOf({ maxDepth: 1, chain: [link] }, { sub: "a/b/c" }), "CHAIN_BROKEN"],
  ["a role more", () => chainOf({ maxDepth: 1, chain: [link] }, { roles: ["r", "s"] }), "CHAIN_BROKEN"],
  [
    "a group more in the middle",
    () => chainOf({ maxDepth: 2, chain: [link, { ...link, sub: "a/b", jti: "j2", groups: ["g"] }] }, { sub: "a/b/c" }),
    "CHAIN_BROKEN",
  ],
  ["a longer life", () => chainOf({ maxDepth: 1, chain: [{ ...link, exp: IAT + 59 }] }), "CHAIN_BROKEN"],
  [
    "a link that lent after its end",
    () => chainOf({ maxDepth: 1, chain: [{ ...link, at: IAT + 60 }] }),
    "CHAIN_BROKEN",
  ],
  [
    "another time of lending than of issue",
    () => chainOf({ maxDepth: 1, chain: [{ ...link, at: IAT - 5 }] }),
    "CHAIN_BROKEN",
  ],
  ["a claim that is not known", () => chainOf({ maxDepth: 1, chain: [{ ...link, only: "prod" }] }), "BAD_CLAIM"],
  [
    "a scope that is not known",
    () => chainOf({ maxDepth: 1, chain: [{ ...link, scope: { regions: ["eu"] } }] }),
    "BAD_CLAIM",
  ],
  [
    "a delegation under the type of an identity",
    () => forged({ sub: "a/b", delegation: { maxDepth: 1, chain: [link] } }),
    "BAD_CLAIM",
  ],
];
for (const [what, token, code] of broken) {
  test(`a chain that was signed all the same is refused: ${what}`, async (t) => {
    await t.throwsAsync(async () => verifyIdentity(await token(), by(bySecret)), {
      name: "IdentityError",
      code,
    } as never);
  });
}

test("a chain as those above but sound is taken", async (t) => {
  t.is((await verifyIdentity(await chainOf({ maxDepth: 1, chain: [link] }), by(bySecret))).depth, 1);
});

test("no label of a scope vanishes on its way, whatever its name is", (t) => {
  const labels: object = JSON.parse('{"__proto__": "x"}');
  const read = readScope({ targets: { labels } }, "scope");
  t.is(JSON.stringify(read), '{"targets":{"labels":{"__proto__":"x"}}}');
});
