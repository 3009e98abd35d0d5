import type { OperationRecorded } from '../../../protocol/index.ts';
import { memoriesOf } from '../../history/memory.ts';
import { valueAt } from '../../values/parts.ts';
import { byFamily, isUserKey, keysOf } from '../facts.ts';
import { issue } from '../references.ts';
import { type Fix, type Match, rule } from '../rule.ts';
import { list, say } from '../sentence.ts';

interface Found extends Match {
  rotation: OperationRecorded;
  dropped: readonly string[];
}

/** A rotation began an empty session: what the visitor had in the old one is gone. */
export const dataDroppedAtRotation = rule<Found>({
  id: 'data-dropped-at-rotation',
  severity: 'note',
  title: 'Data dropped with the old key',
  scope: 'exchange',
  why: 'A cart, a page to return to, a language: what a visitor had before the login is not in the session after it.',
  references: [issue('jaredhanson/passport', 904)],
  find({ exchange }) {
    const { operations } = exchange;
    const place = operations.findIndex(({ operation, outcome }) => operation === 'cycle-key' && outcome !== 'error');
    if (place < 0) return [];
    const memories = memoriesOf(exchange);
    const [before, end] = [memories[place], memories.at(-1)];
    if (before === undefined || end === undefined) return [];
    const dropped = keysOf(before).filter((key) => {
      const after = valueAt(memories[place + 1], [key]);
      return after === undefined && valueAt(end, [key]) === undefined && !isUserKey([key]) && !key.startsWith('_');
    });
    const rotation = operations[place]!;
    return dropped.length === 0
      ? []
      : [{ key: `${rotation.epoch}:${rotation.seq}`, rotation, dropped, operation: rotation }];
  },
  explain({ rotation, dropped }, { exchange }) {
    const [first] = dropped;
    return {
      sentence: say`${{ request: exchange }} began a new session and did not take ${list(dropped.map((key) => ({ path: [key] })))} over.`,
      lines: [{ label: 'Rotated at', exchange, operation: rotation, isDecisive: true }],
      evidence: [
        {
          exchange,
          operation: rotation,
          text: say`${{ session: rotation.from ?? '' }} becomes ${{ session: rotation.to ?? '' }}, empty`,
          isDecisive: true,
        },
      ],
      fix: byFamily<Fix>(exchange, {
        express: {
          text: say`Keep what is to stay, and put it into the new session. Passport has ${{ code: 'keepSessionInfo: true' }} for it.`,
          code: [
            `+ const { ${first} } = req.session;`,
            '  req.session.regenerate((error) => {',
            `+   req.session.${first} = ${first};`,
          ],
        },
        other: {
          text: say`Rotate the key by the call that keeps the data, or put what is to stay into the new session.`,
        },
      }),
    };
  },
});
