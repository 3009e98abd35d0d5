import { memoriesOf } from '../../history/memory.ts';
import { writesUnder } from '../../history/session-index.ts';
import { keysOf, middlewareKey } from '../facts.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  near: string;
}

/** Shorter names are near to anything. */
const LEAST_LENGTH = 5;

/** A read of a key that is not there, one letter away from one that is. */
export const typoLikeMiss = rule<Found>({
  id: 'typo-like-miss',
  severity: 'warning',
  title: 'Did you mean another key?',
  scope: 'operation',
  why: 'A key that is misspelled reads as absent: no error, no value.',
  references: [],
  find({ items, exchange, operation, place }) {
    const { path, hit, actor } = operation;
    if (operation.operation !== 'get' || hit !== false || actor !== 'app' || path?.length !== 1) return [];
    const name = String(path[0]);
    if (name.length < LEAST_LENGTH || name.startsWith('_')) return [];
    const near = keysOf(memoriesOf(exchange)[place]).find((key) => isNear(name, key));
    if (near === undefined) return [];
    // Somewhere it is written under this name: then it is one.
    if (operation.session !== null && writesUnder(items, operation.session, name).length > 0) return [];
    if (exchange.operations.some((other) => other.operation === 'set' && String(other.path?.[0]) === name)) return [];
    return [{ key: `${middlewareKey(exchange)}:${name}`, near }];
  },
  explain({ near, operation }, { exchange }) {
    const write = exchange.operations.find(({ operation: is, path }) => is === 'set' && String(path?.[0]) === near);
    const name = operation!.path!;
    return {
      sentence: say`${{ request: exchange }} read ${{ path: name }}, which is not in the session; ${{ path: [near] }} is.`,
      lines: [{ label: 'Read at', exchange, operation: operation!, isDecisive: true }],
      evidence: [
        ...(write === undefined ? [] : [{ exchange, operation: write, text: say`sets ${{ path: [near] }}` }]),
        { exchange, operation: operation!, text: say`reads ${{ path: name }}: absent`, isDecisive: true },
      ],
      fix: { text: say`Use one name.`, code: [`- ${String(name[0])}`, `+ ${near}`] },
      limits: say`Nothing recorded wrote ${{ path: name }}; a page that was not visited may.`,
    };
  },
});

/** One letter more, less, other or swapped; a plural or another number is another name. */
function isNear(name: string, key: string): boolean {
  if (key === name || Math.abs(name.length - key.length) > 1 || key.length < LEAST_LENGTH) return false;
  let start = 0;
  while (start < name.length && start < key.length && name[start] === key[start]) start += 1;
  let end = 0;
  while (end < Math.min(name.length, key.length) - start && name.at(-1 - end) === key.at(-1 - end)) end += 1;
  const [a, b] = [name.slice(start, name.length - end), key.slice(start, key.length - end)];
  if (/[\d_.:-]/.test(a + b)) return false;
  // `item` and `items`, `user` and `users`: two names, as a rule.
  if (end === 0 && (a === 's' || b === 's') && a.length + b.length === 1) return false;
  if (a.length <= 1 && b.length <= 1) return true;
  return a.length === 2 && b.length === 2 && a[0] === b[1] && a[1] === b[0];
}
