/**
 * What changed between two sessions, against jsondiffpatch, fast-json-patch and microdiff on the same values in one run.
 *
 *     npx node bench/diff.ts [--rounds=15] [--kilobytes=100] [--kilobytes=1000]
 *
 * Each round runs the four in turn on fresh copies. CPU time is taken; medians are printed, as ratios to jsondiffpatch.
 * The two values are carts of a shop: ten changes deep inside (quantities, a note, a new item, a removed one), and, in
 * the second row, an item that has moved as well. Every side must find that something changed; ours must also rebuild
 * the second value from its difference. Of the peers, jsondiffpatch alone understands that an item moved.
 *
 * Wanted: at most 0.8 of jsondiffpatch's time at 100 KB and at 1 MB.
 */
import { isDeepStrictEqual, parseArgs } from 'node:util';
import fastJsonPatch from 'fast-json-patch';
import { create } from 'jsondiffpatch';
import microdiff from 'microdiff';
import { apply, diff } from '../model/index.ts';
import type { EncodedValue } from '../protocol/index.ts';
import { median } from './codec/medians.ts';
import { handOn } from './rows.ts';

const WANTED = 0.8;
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    kilobytes: { type: 'string', multiple: true, default: ['100', '1000'] },
  },
});
const rounds = Number(values.rounds);

interface Item {
  id: number;
  title: string;
  options: { color: string; size: string; gift: boolean };
  quantity: number;
}
interface Cart {
  name: string;
  note: string;
  items: Item[];
}

const itemOf = (id: number): Item => ({
  id,
  title: `Product number ${id}, as the shop describes it in a line`,
  options: { color: ['red', 'green', 'blue'][id % 3]!, size: 'M', gift: id % 7 === 0 },
  quantity: (id % 5) + 1,
});

/** Carts of a hundred items each: about 14 KB as JSON. */
function sessionOf(kilobytes: number): { carts: Cart[] } {
  const carts = Array.from({ length: Math.max(1, Math.round(kilobytes / 14)) }, (_cart, cart) => ({
    name: `cart ${cart}`,
    note: '',
    items: Array.from({ length: 100 }, (_item, index) => itemOf(cart * 1_000 + index)),
  }));
  return { carts };
}

function changed(before: { carts: Cart[] }, moves: boolean): { carts: Cart[] } {
  const after = structuredClone(before);
  const at = (step: number) => after.carts[Math.floor((step * after.carts.length) / 10)]!;
  for (let step = 0; step < 7; step++) at(step).items[10 + step * 9]!.quantity += 1;
  at(7).note = 'Please ring twice.';
  at(8).items.splice(40, 0, itemOf(999_999));
  at(9).items.splice(90, 1);
  if (moves) at(5).items.push(...at(5).items.splice(5, 1));
  return after;
}

const peer = create({ objectHash: (item) => String((item as Item).id) });
const SIDES: Record<string, (before: object, after: object) => unknown> = {
  Sessionscope: (before, after) => diff(before as EncodedValue, after as EncodedValue),
  jsondiffpatch: (before, after) => peer.diff(before, after),
  'fast-json-patch': (before, after) => fastJsonPatch.compare(before, after),
  microdiff: (before, after) => microdiff(before, after),
};

let isReached = true;
for (const kilobytes of values.kilobytes.map(Number)) {
  for (const moves of [false, true]) {
    const before = sessionOf(kilobytes);
    const after = changed(before, moves);
    const size = Math.round(JSON.stringify(before).length / 1000);
    const ours = diff(before as unknown as EncodedValue, after as unknown as EncodedValue);
    if (ours.status !== 'changed' || !isDeepStrictEqual(apply(ours, before as unknown as EncodedValue), after))
      throw new Error('the difference does not give the second value');
    const loops = Math.max(1, Math.round(2_000 / kilobytes));
    const times: Record<string, number[]> = Object.fromEntries(Object.keys(SIDES).map((name) => [name, []]));
    for (let round = 0; round < rounds + 2; round++) {
      for (const [name, work] of Object.entries(SIDES)) {
        const copies = Array.from({ length: loops }, () => [structuredClone(before), structuredClone(after)] as const);
        const began = process.cpuUsage();
        for (const [one, other] of copies) if (work(one, other) === undefined) throw new Error(`${name} saw no change`);
        const { user, system } = process.cpuUsage(began);
        // The first two rounds warm up.
        if (round >= 2) times[name]!.push((user + system) / 1_000 / loops);
      }
    }
    const base = median(times['jsondiffpatch']!);
    console.log(`${size} KB, 10 changes${moves ? ' and an item that moved' : ''}`);
    for (const name of Object.keys(SIDES)) {
      const time = median(times[name]!);
      console.log(
        `  ${name.padEnd(16)} ${time.toFixed(2).padStart(7)} ms  ${(time / base).toFixed(2)} of jsondiffpatch`,
      );
    }
    const ratio = median(times['Sessionscope']!) / base;
    if (ratio > WANTED) isReached = false;
    handOn({
      what: `diff of ${size} KB, 10 changes${moves ? ' and an item that moved' : ''}`,
      of: "CPU, ours ÷ jsondiffpatch's",
      measured: ratio,
      atMost: WANTED,
      figures: Object.fromEntries(Object.keys(SIDES).map((name) => [name, `${median(times[name]!).toFixed(2)} ms`])),
    });
  }
}
console.log(`wanted: at most ${WANTED} of jsondiffpatch: ${isReached ? 'reached' : 'not reached'}`);
