/**
 * Random projects and requests, judged by the Python project and by us.
 *
 *   npm run test:differential                             100,000 cases
 *   npm run test:differential -- --cases 5000 --seed 7    fewer, or others
 *   npm run test:differential -- --each 4                 more projects, with fewer requests each
 *   npm run test:differential -- --record                 asks anew what `npm test` compares with
 */
import { parseArgs } from "node:util";
import { record } from "./record.ts";
import { runDifferential } from "./run.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    each: { type: "string", default: "400" },
    record: { type: "boolean", default: false },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);

if (values.record) {
  await record(say);
} else {
  const options = { cases: Number(values.cases), seed: Number(values.seed), each: Number(values.each) };
  process.exitCode = (await runDifferential(options, say)) ? 0 : 1;
}
