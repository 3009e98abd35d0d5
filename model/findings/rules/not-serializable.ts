import { byFamily, holdsUnfitValue } from '../facts.ts';
import { django, express } from '../references.ts';
import { type Fix, type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

/** The session holds what its store cannot: nothing of it was saved. */
export const notSerializable = rule<Match>({
  id: 'not-serializable',
  severity: 'problem',
  title: 'Value that cannot be stored',
  scope: 'exchange',
  why: 'The whole session is written at once: one value that cannot be stored keeps everything else from being saved.',
  references: [django('session serialization', 'session-serialization'), express('store implementation')],
  find({ exchange }) {
    return holdsUnfitValue(exchange.finished!) ? [{ key: exchange.id }] : [];
  },
  explain(_, { exchange }) {
    const { record } = exchange.finished!.verdict;
    const write = exchange.operations.findLast(
      ({ operation, actor, path }) => operation === 'set' && actor === 'app' && path !== undefined,
    );
    return {
      sentence: say`${{ request: exchange }} could not save its session: it holds a value that cannot be stored.`,
      because: say`${record.text}`,
      lines: write === undefined ? [] : [{ label: 'Last written at', exchange, operation: write }],
      evidence: [
        ...(write === undefined ? [] : [{ exchange, operation: write, text: say`writes ${{ path: write.path! }}` }]),
        { exchange, text: say`the save fails`, isDecisive: true },
      ],
      fix: byFamily<Fix>(exchange, {
        django: {
          text: say`${record.fix ?? 'Store what JSON can hold.'}`,
          code: ['- request.session["day"] = date', '+ request.session["day"] = date.isoformat()'],
        },
        other: { text: say`${record.fix ?? 'Store what JSON can hold.'}` },
      }),
    };
  },
});
