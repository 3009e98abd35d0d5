import type { EncodedValue, KeyPath, OperationRecorded } from '../../../protocol/index.ts';
import { replacesMemory } from '../../history/memory.ts';
import { isBefore } from '../../history/moment.ts';
import type { RecordFact } from '../../history/record-fact.ts';
import { sameness, survivesAnyFormat } from '../../values/compare.ts';
import { contentOf } from '../../values/known.ts';
import { isList, partsOf, valueAt } from '../../values/parts.ts';
import { isTagged } from '../../../protocol/index.ts';
import { byFamily, isBroken, isSaved, isSealed, keysOf, lastFactBefore, recordOf, writeOf } from '../facts.ts';
import { express, issue } from '../references.ts';
import { type Evidence, type Fix, type Match, rule } from '../rule.ts';
import { list, say, type Sentence } from '../sentence.ts';

interface Lost {
  /** Of the smallest value that shows what was lost. */
  path: KeyPath;
  /** The later request never wrote that key. */
  isUntouched: boolean;
}

interface Found extends Match {
  lost: readonly Lost[];
  /** What the erasing request had loaded or saved last. */
  base: RecordFact & { is: 'there' };
  /** The save that was overwritten. */
  writer: RecordFact & { is: 'there' };
  save: OperationRecorded;
  mine: RecordFact & { is: 'there' };
}

const isThere = (fact: RecordFact | undefined): fact is RecordFact & { is: 'there' } => fact?.is === 'there';

/** What a fact says of a key, as the store holds it; `unknown` where its format may have made another value of it. */
function storedAt({ value, form }: RecordFact & { is: 'there' }, path: KeyPath): EncodedValue | undefined | 'unknown' {
  const part = valueAt(value, path);
  return part !== undefined && part !== 'unknown' && form === 'memory' && !survivesAnyFormat(part) ? 'unknown' : part;
}

/** Two requests ran at once; the later save wrote an older copy of a key over what the earlier one had saved. */
export const lostUpdate = rule<Found>({
  id: 'lost-update',
  severity: 'problem',
  title: 'Lost update',
  scope: 'operation',
  why: 'The whole record is written at each save, so the last writer wins for every key, not only for those that it set.',
  references: [express('resave'), issue('expressjs/session', 606)],
  find(at) {
    const { items, exchange, operation } = at;
    if (!isSaved(operation) || operation.session === null || isSealed(exchange)) return [];
    const history = recordOf(at, operation.session);
    const { facts } = history;
    const last = lastFactBefore(history, operation);
    const mine = facts[last + 1];
    if (!isThere(mine) || mine.operation !== operation) return [];
    const newestFirst: (RecordFact & { is: 'there' })[] = [];
    const [began] = exchange.operations;
    let base: RecordFact | undefined;
    for (let index = last; index >= 0 && base === undefined; index--) {
      const fact = facts[index]!;
      if (fact.exchange !== exchange) {
        // Deleted meanwhile: that is another finding. From before this request nothing of its own can follow.
        if (!isThere(fact) || (began !== undefined && isBefore(fact.operation, began))) return [];
        if (fact.isWritten) newestFirst.push(fact);
      } else if (fact.operation.operation !== 'load' || replacesMemory(fact.operation)) base = fact;
    }
    const others = newestFirst.toReversed();
    if (!isThere(base) || others.length === 0 || isBroken(items, base.operation, operation)) return [];
    const [known, newest] = [base, others.at(-1)!];
    const keys = new Set([...keysOf(newest.value), ...keysOf(known.value)]);
    const lost = [...keys].flatMap((key) => {
      const written = writeOf(exchange, key, operation);
      const isWritten = written !== undefined && written.seq > known.operation.seq;
      return erased([storedAt(known, [key]), storedAt(newest, [key]), storedAt(mine, [key])], [key], isWritten);
    });
    const [first] = lost;
    if (first === undefined) return [];
    const writer = others.findLast((fact, index) => {
      const before = others[index - 1] ?? known;
      return !same(storedAt(fact, first.path.slice(0, 1)), storedAt(before, first.path.slice(0, 1)));
    });
    return writer === undefined
      ? []
      : [{ key: `${operation.epoch}:${operation.seq}`, lost, base: known, writer, save: operation, mine }];
  },
  explain({ lost, base, writer, save, mine }, { exchange }) {
    const [{ path, isUntouched }] = lost as [Lost];
    /** Of an entry of a list, the list. */
    const shownPath = typeof path.at(-1) === 'number' ? path.slice(0, -1) : path;
    const top = path.slice(0, 1);
    const [a, b] = [{ request: writer.exchange }, { request: exchange }];
    const write = writeOf(writer.exchange, String(top[0]), writer.operation);
    const theirLoad = writer.exchange.operations.find(
      ({ operation, seq }) => operation === 'load' && seq < writer.operation.seq,
    );
    const shown = (fact: RecordFact & { is: 'there' }): Sentence => {
      const value = valueAt(fact.value, shownPath);
      return value === undefined || value === 'unknown' ? say`absent` : say`${{ value }}`;
    };
    const evidence: Evidence[] = [
      ...(theirLoad === undefined
        ? []
        : [{ exchange: writer.exchange, operation: theirLoad, text: say`loads the record` }]),
      {
        exchange,
        operation: base.operation,
        text: say`${base.operation.operation === 'load' ? 'loads' : 'saves'} the record: ${{ path: shownPath }} is ${shown(base)}`,
      },
      ...(write === undefined
        ? []
        : [{ exchange: writer.exchange, operation: write, text: say`changes ${{ path: write.path! }}` }]),
      {
        exchange: writer.exchange,
        operation: writer.operation,
        text: say`saves: ${{ path: shownPath }} is ${shown(writer)}`,
      },
      {
        exchange,
        operation: save,
        text: isUntouched
          ? say`saves its older copy: ${{ path: shownPath }} is ${shown(mine)} again`
          : say`saves its own copy: ${{ path: shownPath }} is ${shown(mine)}`,
        isDecisive: true,
      },
    ];
    return {
      sentence: say`${b} erased ${list(lost.map((one) => ({ path: one.path })))}, which ${a} had saved ${{ ms: Math.max(0, save.at - writer.operation.at) }} before.`,
      lines: [
        { label: 'Erased at', exchange, operation: save, isDecisive: true },
        ...(write === undefined ? [] : [{ label: 'Lost write', exchange: writer.exchange, operation: write }]),
      ],
      picture: {
        title: say`${{ path: shownPath }}`,
        stretches: [
          { text: shown(base) },
          { from: writer.operation, text: shown(writer) },
          { from: save, text: shown(mine), isLost: true },
        ],
      },
      because: isUntouched
        ? say`${b} never changed ${{ path: top }}. It loaded the record before ${a} saved, then wrote its older copy back whole.`
        : say`Both changed ${{ path: top }}. Each wrote the whole record from its own copy, and the later one won.`,
      evidence: evidence.sort((x, y) => (x.operation?.seq ?? 0) - (y.operation?.seq ?? 0)),
      fix: fixOf(exchange, save),
      limits: say`This narrows the window to the save itself. To close it, keep ${{ path: top }} in its own row, or send the two requests one after the other.`,
    };
  },
});

function fixOf(exchange: Found['mine']['exchange'], save: OperationRecorded): Fix {
  if (exchange.finished?.verdict.record.reason === 'resave')
    return {
      text: say`Turn ${{ code: 'resave' }} off: this request changed nothing, and wrote its old copy anyway.`,
      code: ['- resave: true,', '+ resave: false,'],
    };
  const own = exchange.operations.findLast(
    ({ operation, path, seq }) => operation === 'set' && path !== undefined && seq < save.seq,
  );
  const key = String(own?.path?.[0] ?? 'key');
  return byFamily<Fix>(exchange, {
    express: {
      text: say`Load the record again right before the change, and save at once.`,
      code: [
        '+ await promisify(req.session.reload).call(req.session);',
        `  req.session.${key} = value;`,
        '+ await promisify(req.session.save).call(req.session);',
      ],
    },
    django: {
      text: say`Write the key into the record as it is now, not into the copy of this request.`,
      code: [
        `- request.session[${JSON.stringify(key)}] = value`,
        '+ fresh = type(request.session)(request.session.session_key)',
        `+ fresh[${JSON.stringify(key)}] = value`,
        '+ fresh.save()',
      ],
    },
    other: { text: say`Load the session again right before the change, and save at once.` },
  });
}

type Value = EncodedValue | undefined | 'unknown';

const same = (a: Value, b: Value) => a !== 'unknown' && b !== 'unknown' && sameness(a, b) === 'same';
const differs = (a: Value, b: Value) => a !== 'unknown' && b !== 'unknown' && sameness(a, b) === 'different';

/** What another request made of a value, and this one took back. `isWritten`: this one wrote the key too. */
function erased([base, theirs, mine]: readonly [Value, Value, Value], path: KeyPath, isWritten: boolean): Lost[] {
  if (!differs(theirs, base) || !differs(mine, theirs)) return [];
  if (same(mine, base))
    return isWritten
      ? []
      : [
          {
            path: smallest(base as EncodedValue | undefined, theirs as EncodedValue | undefined, path),
            isUntouched: true,
          },
        ];
  const [b, t, m] = [base, theirs, mine].map((value) => namesOf(value));
  if (t !== undefined && m !== undefined && (b !== undefined || base === undefined))
    return [...new Set([...t, ...m])].flatMap((name) => {
      const at = (value: Value): Value =>
        value === 'unknown' ? value : value === undefined ? undefined : valueAt(value, [name]);
      return erased([at(base), at(theirs), at(mine)], [...path, name], false);
    });
  // Two texts or numbers: whoever wrote last meant it.
  return [base, theirs, mine].every(isListed) ? [{ path, isUntouched: false }] : [];
}

const isListed = (value: Value): boolean =>
  value === undefined || (value !== 'unknown' && typeof value === 'object' && value !== null && isList(value));

/** Names of an object's parts; `undefined`: it is none. */
function namesOf(value: Value): string[] | undefined {
  if (value === undefined || value === 'unknown') return undefined;
  const content = contentOf(value);
  if (content === null || typeof content !== 'object' || isList(content)) return undefined;
  if (isTagged(content) && content.$ !== 'object') return undefined;
  return (partsOf(content) ?? []).map(([step]) => String(step));
}

/** The path to the one part in which two values differ; their own where several do. */
function smallest(before: EncodedValue | undefined, after: EncodedValue | undefined, path: KeyPath): KeyPath {
  if (before === undefined || after === undefined) return path;
  const [a, b] = [partsOf(before), partsOf(after)];
  if (a === undefined || b === undefined || isList(before) !== isList(after)) return path;
  const steps = [...new Set([...a, ...b].map(([step]) => step))];
  const at = (parts: typeof a, step: string | number) => parts.find(([own]) => own === step)?.[1];
  const changed = steps.filter((step) => sameness(at(a, step), at(b, step)) !== 'same');
  const [step] = changed;
  return changed.length === 1 ? smallest(at(a, step!), at(b, step!), [...path, step!]) : path;
}
