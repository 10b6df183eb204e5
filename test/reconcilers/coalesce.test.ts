import test from "ava";
import { createCoalescer } from "../../controller/reconcilers/coalesce.ts";

/** Reads that end when the test says so; each answers with its number. */
function reads() {
  const begun: { key: string; end: (error?: Error) => void }[] = [];
  const ask = createCoalescer(
    (key) =>
      new Promise<number>((resolve, reject) => {
        const number = begun.length + 1;
        begun.push({ key, end: (error) => (error === undefined ? resolve(number) : reject(error)) });
      }),
  );
  return { ask, begun };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("a caller never gets a read that began before it asked", async (t) => {
  const { ask, begun } = reads();
  const first = ask("a");
  const later = [ask("a"), ask("a"), ask("a")];
  begun[0]?.end();
  t.is(await first, 1);
  await turn();
  t.is(begun.length, 2, "those who waited share the next read");
  begun[1]?.end();
  t.deepEqual(await Promise.all(later), [2, 2, 2]);
});

test("a failed read fails those who asked for it, not those who wait", async (t) => {
  const { ask, begun } = reads();
  const first = ask("a");
  const second = ask("a");
  begun[0]?.end(new Error("gone"));
  await t.throwsAsync(first, { message: "gone" });
  await turn();
  begun[1]?.end();
  t.is(await second, 2);
});

test("keys do not wait for each other, and nothing is kept when all is read", async (t) => {
  const { ask, begun } = reads();
  const both = [ask("a"), ask("b")];
  t.deepEqual(
    begun.map(({ key }) => key),
    ["a", "b"],
  );
  for (const { end } of begun) end();
  await Promise.all(both);
  await turn();
  void ask("a");
  t.is(begun.length, 3, "a new question is a new read");
});
