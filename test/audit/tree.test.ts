import test from "ava";
import fc from "fast-check";
import { EMPTY_ROOT, leafHash, nodeHash } from "../../controller/audit/hash.ts";
import { formatBundle, parseBundle, tileNumber, tilePath } from "../../controller/audit/tiles.ts";
import { createTree, edgeOf } from "../../controller/audit/tree.ts";

/** The definition of RFC 6962 §2.1, word for word. */
function naiveRoot(leaves: Buffer[]): Buffer {
  const [first] = leaves;
  if (!first) return EMPTY_ROOT;
  if (leaves.length === 1) return first;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeHash(naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)));
}

test("the test vectors of Certificate Transparency", (t) => {
  const leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
  const roots = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ];
  const tree = createTree();
  t.is(tree.root().toString("hex"), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  leaves.forEach((leaf, i) => {
    tree.append(leafHash(Buffer.from(leaf, "hex")));
    t.is(tree.root().toString("hex"), roots[i] ?? "");
  });
});

test("a tree grown leaf by leaf has the root of the definition, also when it begins at an edge", async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 1_100 }), fc.nat(1_100), async (size, cut) => {
      const leaves = Array.from({ length: size }, (_, i) => leafHash(Buffer.from(String(i))));
      const levels: Buffer[][] = [];
      const start = Math.min(cut, size);
      const whole = createTree(0, [], (level, node) => {
        levels[level] ??= [];
        levels[level].push(node);
      });
      for (const leaf of leaves) whole.append(leaf);
      const edge = await edgeOf(start, async (level, index) => levels[level]?.[index] ?? Buffer.alloc(0));
      const resumed = createTree(start, edge);
      for (const leaf of leaves.slice(start)) resumed.append(leaf);
      t.deepEqual(whole.root(), naiveRoot(leaves));
      t.deepEqual(resumed.root(), whole.root());
      t.is(resumed.size, size);
    }),
    { numRuns: 40 },
  );
});

test("tiles are where tlog-tiles wants them", (t) => {
  t.is(tileNumber(0), "000");
  t.is(tileNumber(1_234_067), "x001/x234/067");
  t.is(tilePath(0, 5), "tile/0/005");
  t.is(tilePath("entries", 1_000, 17), "tile/entries/x001/000.p/17");
});

test("an entry bundle gives back its entries and refuses damage", (t) => {
  const entries = [Buffer.from("a"), Buffer.alloc(0), Buffer.alloc(65_535, 1)];
  const data = formatBundle(entries);
  t.deepEqual(parseBundle(data, 3), entries);
  t.throws(() => parseBundle(data.subarray(0, -1), 3), { code: "LOG_CORRUPT" });
  t.throws(() => parseBundle(data, 2), { code: "LOG_CORRUPT" });
});
