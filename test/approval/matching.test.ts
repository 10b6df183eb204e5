import test from "ava";
import fc from "fast-check";
import { belongs, emptyPlaces } from "../../controller/approval/matching.ts";
import { standing } from "./support.ts";

/** Tries every way to give users to places; for small numbers only. */
function bruteForce(counts: number[], may: boolean[][], users: number[]): boolean {
  const places = counts.flatMap((count, group) => Array.from({ length: count }, () => group));
  const place = (index: number, left: number[]): boolean => {
    const group = places[index];
    if (group === undefined) return true;
    return left.some(
      (user) =>
        may[group]?.[user] === true &&
        place(
          index + 1,
          left.filter((other) => other !== user),
        ),
    );
  };
  return place(0, users);
}

test("all places are filled exactly when some way to fill them exists", (t) => {
  const small = fc.record({
    counts: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 3 }),
    may: fc.array(fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), { minLength: 3, maxLength: 3 }),
  });
  fc.assert(
    fc.property(small, ({ counts, may }) => {
      const groups = counts.map((count, index) => ({ count, users: [String(index)] }));
      const empty = emptyPlaces(groups, ["0", "1", "2", "3", "4"], (group, user) => {
        return may[Number(group.users?.[0])]?.[Number(user)] === true;
      });
      t.is(
        empty.every((count) => count === 0),
        bruteForce(counts, may, [0, 1, 2, 3, 4]),
      );
    }),
    { numRuns: 3_000 },
  );
});

test("who belongs to a group", (t) => {
  const cases: [Parameters<typeof belongs>[0], Parameters<typeof standing>, boolean][] = [
    [{ count: 1 }, [[], "write"], true],
    [{ count: 1 }, [[], "read"], false],
    [{ count: 1, minPermission: "read" }, [[], "read"], true],
    [{ count: 1, minPermission: "maintain" }, [[], "admin"], true],
    [{ count: 1 }, [[], "unknown"], false],
    [{ count: 1, teams: ["a/b"] }, [["a/b"], "unknown"], true],
    [{ count: 1, teams: ["a/b"], minPermission: "write" }, [["a/b"], "unknown"], false],
    [{ count: 1, teams: ["a/b"] }, [["a/c"], "admin"], false],
    [{ count: 1, users: ["1"] }, [[], "none"], true],
    [{ count: 1, users: ["2"], teams: ["a/b"] }, [["a/b"], "none"], true],
    [{ count: 1, users: [] }, [[], "admin"], false],
  ];
  for (const [group, [teams, permission], expected] of cases) {
    t.is(belongs(group, "1", standing(teams, permission)), expected, JSON.stringify([group, teams, permission]));
  }
  t.false(belongs({ count: 1 }, "1", undefined));
});
