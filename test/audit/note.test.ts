import test from "ava";
import { formatCheckpoint, openCheckpoint, parseCheckpoint } from "../../controller/audit/checkpoint.ts";
import { formatNote, parseKeyFile, parseNote, parseVkey, verifyNote } from "../../controller/audit/note.ts";
import { createLogKeys, PRIVATE_KEY_ENTRY, type SecretData } from "../../controller/audit/signer.ts";
import { newSigner, ORIGIN } from "./support.ts";

const PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const NOTE =
  "If you think cryptography is the answer to your problem,\n" +
  "then you don't know what your problem is.\n\n" +
  "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

test("a note signed by another implementation verifies", (t) => {
  const verifier = parseVkey(PETER);
  t.is(verifier.vkey, PETER);
  t.is(verifyNote(parseNote(NOTE), [verifier]).name, "PeterNeumann");
  t.is(formatNote(parseNote(NOTE)), NOTE);
});

test("a note with one character changed anywhere does not", (t) => {
  const verifier = parseVkey(PETER);
  for (let i = 0; i < NOTE.length; i++) {
    const changed = `${NOTE.slice(0, i)}${NOTE[i] === "x" ? "y" : "x"}${NOTE.slice(i + 1)}`;
    t.throws(() => verifyNote(parseNote(changed), [verifier]), undefined, `character ${i}`);
  }
});

test("a key whose id or algorithm does not fit is refused", (t) => {
  for (const bad of [
    "",
    "x",
    PETER.replace("c74f20a3", "c74f20a4"),
    PETER.replace("+ARpc", "+AhPc"),
    PETER.slice(0, -4),
  ]) {
    t.throws(() => parseVkey(bad), { code: "BAD_KEY" });
  }
  t.is(parseKeyFile(`# ours\n\n${PETER}\n`).length, 1);
});

test("a signed checkpoint reads back and only under its own key", async (t) => {
  const [signer, other] = [await newSigner(), await newSigner()];
  const checkpoint = { origin: ORIGIN, size: 7, root: Buffer.alloc(32, 3).toString("base64") };
  const text = signer.signCheckpoint(checkpoint);
  const opened = openCheckpoint(text, [other.verifier, signer.verifier]);
  t.is(opened.size, 7);
  t.is(opened.root, checkpoint.root);
  t.throws(() => openCheckpoint(text, [other.verifier]), { code: "BAD_SIGNATURE", message: /known key/u });
  t.throws(() => signer.signCheckpoint({ ...checkpoint, origin: "agent-safe/x/executor" }), { code: "BAD_KEY" });
});

test("a checkpoint is three lines and nothing else", (t) => {
  const root = Buffer.alloc(32).toString("base64");
  t.is(parseCheckpoint(formatCheckpoint({ origin: "o", size: 0, root })).size, 0);
  for (const bad of [
    `o\n01\n${root}\n`,
    `o\n1\n${root}`,
    `o\n1\n${root}\nmore\n`,
    `o\n-1\n${root}\n`,
    "o\n1\nAAAA\n",
    `\n1\n${root}\n`,
  ]) {
    t.throws(() => parseCheckpoint(bad), { code: "BAD_NOTE" });
  }
});

test("a log's key is made once, kept, and bound to its origin", async (t) => {
  let stored: SecretData | undefined;
  const store = {
    read: async () => stored,
    write: async (data: SecretData) => {
      stored = data;
    },
  };
  const first = await createLogKeys({ origin: ORIGIN, ...store });
  const second = await createLogKeys({ origin: ORIGIN, ...store });
  t.is(second.vkey, first.vkey);
  t.deepEqual(Object.values(first.publicData), [first.vkey]);
  t.notRegex(JSON.stringify(first.publicData), /PRIVATE/u);
  await t.throwsAsync(createLogKeys({ origin: "agent-safe/x/executor", ...store }), { code: "BAD_KEY" });
  stored = { ...stored, [PRIVATE_KEY_ENTRY]: Buffer.from("-----BEGIN canary").toString("base64") };
  const error = await t.throwsAsync(createLogKeys({ origin: ORIGIN, ...store }), { code: "BAD_KEY" });
  t.notRegex(String(error?.stack) + String(error?.cause), /canary/u);
});

test("of two processes that make the first key, the one that was stored wins", async (t) => {
  let stored: SecretData | undefined;
  const store = {
    read: async () => stored,
    write: async (data: SecretData) => {
      if (stored) throw new Error("conflict");
      stored = data;
    },
  };
  const [one, two] = await Promise.all([
    createLogKeys({ origin: ORIGIN, ...store }),
    createLogKeys({ origin: ORIGIN, ...store }),
  ]);
  t.is(one.vkey, two.vkey);
});
