/**
 * `npm run attack`: attacks every host that the companion serves inside of, at both listeners, over raw sockets, and prints
 * each row with how many inputs were refused with which status. Ends with 1 where one was not.
 *
 * `npm run attack -- --target Koa --target 'Django uvicorn' --mutations 2000 --seed 7`
 */
import { parseArgs } from 'node:util';
import { attack, type Failure } from './attack.ts';
import { startTarget, TARGETS } from './target.ts';

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true },
    mutations: { type: 'string', default: '500' },
    browsers: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const seed = Number(values.seed);
const failures: Failure[] = [];
let inputs = 0;
console.log(`seed ${seed}`);
for (const name of values.target ?? Object.keys(TARGETS)) {
  console.log(`\n${name}`);
  await using target = await startTarget(name);
  const result = await attack(target, {
    seed,
    mutations: Number(values.mutations),
    browsers: Number(values.browsers),
    report: ({ row, listener, inputs: count, statuses }) => {
      inputs += count;
      const refusals = Object.entries(statuses).map(
        ([status, times]) => `${status === '0' ? 'closed' : status} ×${times}`,
      );
      console.log(`  ${row.padEnd(46)} ${listener.padEnd(7)} ${String(count).padStart(5)}  ${refusals.join('  ')}`);
    },
  });
  failures.push(...result.failures);
}
for (const { target, row, listener, what, why } of failures)
  console.log(`FAILED ${target}, ${row}, ${listener}: ${what}: ${why}`);
console.log(`\n${inputs} inputs, ${failures.length} failures`);
process.exitCode = failures.length === 0 ? 0 : 1;
