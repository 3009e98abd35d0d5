import type { ExchangeRecord } from '../../recording/records.ts';
import type { OperationRecorded } from '../../../protocol/index.ts';
import { earlier, isSealed, middlewareKey } from '../facts.ts';
import { django, express, issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  saves: readonly { exchange: ExchangeRecord; operation: OperationRecorded }[];
}

const LEAST = 5;

/** The session is written again and again with what it holds already. */
export const savedUnchanged = rule<Found>({
  id: 'saved-unchanged',
  severity: 'note',
  title: 'Saved though nothing changed',
  scope: 'exchange',
  why: 'Each of these saves may write an older copy over what another request has saved meanwhile.',
  references: [
    express('resave'),
    django('when sessions are saved', 'when-sessions-are-saved'),
    issue('maxcountryman/flask-login', 612),
  ],
  find(at) {
    const { exchange } = at;
    const own = saveOf(exchange);
    if (own === undefined || isSealed(exchange)) return [];
    const saves = [{ exchange, operation: own }];
    for (const other of earlier(at)) {
      if (other.finished?.sessionAfter !== own.session) continue;
      const operation = saveOf(other);
      if (operation === undefined || operation.digest !== own.digest) break;
      saves.unshift({ exchange: other, operation });
      if (saves.length === LEAST) return [{ key: middlewareKey(exchange), saves, operation: own }];
    }
    return [];
  },
  explain({ saves }, { exchange }) {
    const { record } = exchange.finished!.verdict;
    return {
      sentence: say`${saves.length} requests in a row up to ${{ request: exchange }} saved session ${{ session: saves[0]!.operation.session! }} as it was.`,
      because: say`${record.text}`,
      evidence: saves.map((save) => ({ ...save, text: say`saves the same content` })),
      fix: {
        text:
          record.setting === undefined
            ? say`Save only where something changed.`
            : say`Turn ${{ code: record.setting }} off.`,
        ...(record.reason === 'resave' ? { code: ['- resave: true,', '+ resave: false,'] } : {}),
      },
      limits: say`Some stores need it to keep the record alive, where they have no ${{ code: 'touch' }}.`,
    };
  },
});

function saveOf({ operations, finished }: ExchangeRecord): OperationRecorded | undefined {
  if (finished?.verdict.record.outcome !== 'saved') return undefined;
  const save = operations.find(
    ({ operation, outcome, digest }) => operation === 'save' && outcome === 'done' && digest !== undefined,
  );
  const load = operations.find(({ operation, outcome }) => operation === 'load' && outcome === 'found');
  return save !== undefined && load?.digest === save.digest ? save : undefined;
}
