import test from "ava";
import type { JSONWebKeySet } from "jose";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { ticketIssuer } from "../../controller/api/constants.ts";
import type { TicketSubject } from "../../controller/tickets/claims.ts";
import { TICKET_TYPE } from "../../controller/tickets/claims.ts";
import type { TicketErrorCode } from "../../controller/tickets/errors.ts";
import { TicketError } from "../../controller/tickets/errors.ts";
import type { TicketSigner } from "../../controller/tickets/issue.ts";
import { issueTicket } from "../../controller/tickets/issue.ts";
import type { ExpectedTicket } from "../../controller/tickets/verify.ts";
import { verifyTicket } from "../../controller/tickets/verify.ts";

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0, 250);

const subject: TicketSubject = {
  requestUid: "0b54d2f2-5f5e-4bd0-9f55-000000000001",
  ticketId: "t-1",
  audience: "agent-safe-executor",
  attempt: 1,
  request: { namespace: "agents", name: "restart-web" },
  action: { name: "restart-deployment", digest: "sha256:aa" },
  target: { id: "dev/web", digest: "sha256:bb" },
  params: "sha256:cc",
  agent: { id: "deploy-bot", digest: "sha256:dd" },
};
const expected: ExpectedTicket = { ...subject, issuer: ticketIssuer("cluster-1") };

async function keyPair(kid: string): Promise<{ signer: TicketSigner; jwks: JSONWebKeySet }> {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  return {
    signer: { kid, issuer: expected.issuer, key: privateKey },
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid }] },
  };
}

async function codeOf(promise: Promise<unknown>): Promise<TicketErrorCode | "accepted"> {
  try {
    await promise;
    return "accepted";
  } catch (error) {
    if (error instanceof TicketError) return error.code;
    throw error;
  }
}

test("a fresh ticket for exactly this request is accepted, and says what it is bound to", async (t) => {
  const { signer, jwks } = await keyPair("k1");
  const ticket = await issueTicket(signer, subject, { now: NOW });
  t.is(ticket.issuedAt, "2026-11-23T12:00:00Z");
  t.is(ticket.expiresAt, "2026-11-23T12:01:00Z");
  const claims = await verifyTicket({ jwks, token: ticket.token, expected, now: NOW });
  t.is(claims.sub, subject.requestUid);
  t.is(claims.exp - claims.iat, 60);
  t.false("approval" in claims);
});

test("a ticket never lives longer than five minutes", async (t) => {
  const { signer, jwks } = await keyPair("k1");
  for (const lifetimeSeconds of [0, -1, 301, 1.5, Number.NaN]) {
    t.is(
      await codeOf(issueTicket(signer, subject, { now: NOW, lifetimeSeconds })),
      "INVALID_LIFETIME",
      `${lifetimeSeconds}`,
    );
  }
  // A signer that forgets its own bound does not get past the verifier either.
  const long = await sign(signer, { exp: Math.floor(NOW / 1000) + 3600 });
  t.is(await codeOf(verifyTicket({ jwks, token: long, expected, now: NOW })), "LIFETIME_TOO_LONG");
});

test("a ticket that expects approval is refused when the approval is another, or gone", async (t) => {
  const { signer, jwks } = await keyPair("k1");
  const { token } = await issueTicket(signer, { ...subject, approval: "sha256:ee" }, { now: NOW });
  const verify = (approval?: string) =>
    codeOf(verifyTicket({ jwks, token, expected: { ...expected, approval }, now: NOW }));
  t.is(await verify("sha256:ee"), "accepted");
  t.is(await verify("sha256:ff"), "APPROVAL_CHANGED");
  t.is(await verify(undefined), "APPROVAL_CHANGED");
});

test("a ticket says which change ticket it was issued for; for another, or none, it is not good", async (t) => {
  const { signer, jwks } = await keyPair("k1");
  const { token } = await issueTicket(signer, { ...subject, changeTicket: "CHG-1042" }, { now: NOW });
  const verify = (changeTicket?: string) =>
    verifyTicket({ jwks, token, expected: { ...expected, changeTicket }, now: NOW });
  t.is((await verify("CHG-1042")).changeTicket, "CHG-1042");
  t.is(await codeOf(verify("CHG-1043")), "WRONG_CHANGE_TICKET");
  t.is(await codeOf(verify(undefined)), "WRONG_CHANGE_TICKET");
});

const substitutions: [TicketErrorCode, Partial<ExpectedTicket>][] = [
  ["WRONG_REQUEST", { requestUid: "0b54d2f2-5f5e-4bd0-9f55-000000000002" }],
  ["WRONG_REQUEST", { request: { namespace: "other", name: "restart-web" } }],
  ["WRONG_REQUEST", { request: { namespace: "agents", name: "restart-api" } }],
  ["WRONG_TICKET", { ticketId: "t-2" }],
  ["WRONG_ATTEMPT", { attempt: 2 }],
  ["WRONG_ACTION", { action: { name: "delete-namespace", digest: "sha256:aa" } }],
  ["ACTION_CHANGED", { action: { name: "restart-deployment", digest: "sha256:a0" } }],
  ["WRONG_TARGET", { target: { id: "prod/web", digest: "sha256:bb" } }],
  ["TARGET_CHANGED", { target: { id: "dev/web", digest: "sha256:b0" } }],
  ["PARAMS_CHANGED", { params: "sha256:c0" }],
  ["APPROVAL_CHANGED", { approval: "sha256:e0" }],
  ["WRONG_CHANGE_TICKET", { changeTicket: "CHG-1" }],
  ["WRONG_AGENT", { agent: { id: "other-bot", digest: "sha256:dd" } }],
  ["AGENT_CHANGED", { agent: { id: "deploy-bot", digest: "sha256:d0" } }],
  ["WRONG_AUDIENCE", { audience: "agent-safe-executor-2" }],
  ["WRONG_ISSUER", { issuer: ticketIssuer("cluster-2") }],
];

for (const [code, change] of substitutions) {
  test(`a ticket used for something else is refused: ${code} ${JSON.stringify(change)}`, async (t) => {
    const { signer, jwks } = await keyPair("k1");
    const { token } = await issueTicket(signer, subject, { now: NOW });
    t.is(await codeOf(verifyTicket({ jwks, token, expected: { ...expected, ...change }, now: NOW })), code);
  });
}

test("time: the last moment counts, the next does not; a ticket from the future is refused", async (t) => {
  const { signer, jwks } = await keyPair("k1");
  const { token } = await issueTicket(signer, subject, { now: NOW });
  const at = (now: number) => codeOf(verifyTicket({ jwks, token, expected, now }));
  t.is(await at(Date.UTC(2026, 10, 23, 12, 0, 59, 999)), "accepted");
  t.is(await at(Date.UTC(2026, 10, 23, 12, 1, 0, 0)), "EXPIRED");
  t.is(await at(NOW - 20_000), "accepted");
  t.is(await at(NOW - 40_000), "NOT_YET_VALID");
});

test("an altered ticket is refused, whatever part was altered", async (t) => {
  const { signer, jwks } = await keyPair("k1");
  const { token } = await issueTicket(signer, subject, { now: NOW });
  const [header = "", payload = "", signature = ""] = token.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
  const other = Buffer.from(JSON.stringify({ ...claims, params: "sha256:c0" })).toString("base64url");
  const check = (altered: string) =>
    codeOf(verifyTicket({ jwks, token: altered, expected: { ...expected, params: "sha256:c0" }, now: NOW }));
  t.is(await check(`${header}.${other}.${signature}`), "BAD_SIGNATURE");
  t.is(await check(`${header}.${payload}.${Buffer.alloc(64).toString("base64url")}`), "BAD_SIGNATURE");
  for (const nonsense of ["", "a", "a.b", "a.b.c", `${header}.${payload}`]) {
    t.true(["MALFORMED", "WRONG_TYPE"].includes(await check(nonsense)), nonsense);
  }
});

test("only published Ed25519 keys count: another key, another key under a known id, no signature, a symmetric one", async (t) => {
  const { signer, jwks } = await keyPair("k1");
  const stranger = await keyPair("k2");
  const check = (token: string) => codeOf(verifyTicket({ jwks, token, expected, now: NOW }));
  t.is(await check((await issueTicket(stranger.signer, subject, { now: NOW })).token), "UNKNOWN_KEY");
  t.is(
    await check((await issueTicket({ ...stranger.signer, kid: "k1" }, subject, { now: NOW })).token),
    "BAD_SIGNATURE",
  );

  const { token } = await issueTicket(signer, subject, { now: NOW });
  const payload = token.split(".")[1] ?? "";
  const none = Buffer.from(JSON.stringify({ alg: "none", typ: TICKET_TYPE, kid: "k1" })).toString("base64url");
  t.is(await check(`${none}.${payload}.`), "WRONG_TYPE");
  const publicBytes = Buffer.from(String(jwks.keys[0]?.x), "base64url");
  const hmac = new SignJWT(JSON.parse(Buffer.from(payload, "base64url").toString("utf8")));
  t.is(
    await check(await hmac.setProtectedHeader({ alg: "HS256", typ: TICKET_TYPE, kid: "k1" }).sign(publicBytes)),
    "WRONG_TYPE",
  );
});

test("a JWT of the same key that is not a ticket, or lacks a claim, is refused", async (t) => {
  const { signer, jwks } = await keyPair("k1");
  const check = async (token: string) => codeOf(verifyTicket({ jwks, token, expected, now: NOW }));
  t.is(await check(await sign(signer, {}, "JWT")), "WRONG_TYPE");
  for (const claim of [
    "iss",
    "aud",
    "sub",
    "jti",
    "iat",
    "exp",
    "attempt",
    "request",
    "action",
    "target",
    "params",
    "agent",
  ]) {
    t.is(await check(await sign(signer, { [claim]: undefined })), "MISSING_CLAIM", claim);
  }
});

/** A token with the signer's key and any claims, as a careless signer would make. */
async function sign(signer: TicketSigner, change: Record<string, unknown>, typ = TICKET_TYPE): Promise<string> {
  const iat = Math.floor(NOW / 1000);
  const { requestUid, ticketId, audience, ...rest } = subject;
  const claims = {
    iss: signer.issuer,
    aud: audience,
    sub: requestUid,
    jti: ticketId,
    iat,
    exp: iat + 60,
    ...rest,
    ...change,
  };
  return new SignJWT(claims).setProtectedHeader({ alg: "EdDSA", typ, kid: signer.kid }).sign(signer.key);
}
