import type { EncodedValue, OperationRecorded } from '../../../protocol/index.ts';
import type { ExchangeRecord } from '../../recording/records.ts';
import { isKept } from '../../values/known.ts';
import { partsOf } from '../../values/parts.ts';
import { earlier, isSafe, isSameBrowser, isSaved, isUserKey, middlewareKey } from '../facts.ts';
import { issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  page: ExchangeRecord;
  login: { exchange: ExchangeRecord; operation: OperationRecorded };
  save: OperationRecorded;
  was: string;
  is: string;
}

const OPEN_MS = 60 * 60_000;

/** A page that was loaded for one user wrote into the session of another. */
export const stalePageWrites = rule<Found>({
  id: 'stale-page-writes',
  severity: 'warning',
  title: 'A page of another user writes',
  scope: 'exchange',
  why: 'The user sees one account and changes another: all tabs of a browser share one session.',
  references: [issue('pepyatka/pepyatka-html', 453)],
  find(at) {
    const { exchange } = at;
    if (exchange.har === undefined || exchange.started === undefined || isSafe(exchange)) return [];
    const save = exchange.operations.find((operation) => isSaved(operation));
    const is = userOf(exchange);
    if (save === undefined || is === undefined) return [];
    let login: Found['login'] | undefined;
    for (const other of earlier(at, OPEN_MS)) {
      if (middlewareKey(other) !== middlewareKey(exchange) || !isSameBrowser(other, exchange)) continue;
      // This tab has loaded nothing for the new user: its page is still the old one.
      if (other.har !== undefined) {
        if (!isPage(other)) continue;
        const was = userOf(other);
        return login === undefined || was === undefined || was === is
          ? []
          : [{ key: exchange.id, page: other, login, save, was, is, operation: save }];
      }
      const operation = other.operations.find(
        ({ operation: name, path, after }) => name === 'set' && isUserKey(path) && textOf(after) === is,
      );
      if (operation !== undefined) login ??= { exchange: other, operation };
    }
    return [];
  },
  explain({ page, login, save, was, is }, { exchange }) {
    return {
      sentence: say`${{ request: exchange }} wrote as ${{ value: is }}, from a page that ${{ request: page }} had loaded as ${{ value: was }}.`,
      lines: [
        { label: 'Saved at', exchange, operation: save, isDecisive: true },
        { label: 'Logged in at', exchange: login.exchange, operation: login.operation },
      ],
      evidence: [
        { exchange: page, text: say`loads the page as ${{ value: was }}` },
        { ...login, text: say`logs in as ${{ value: is }}, in another tab` },
        { exchange, operation: save, text: say`writes into the session of ${{ value: is }}`, isDecisive: true },
      ],
      fix: {
        text: say`Have the page say for whom it was made, and refuse what it sends for anyone else: a hidden field with the user's id will do.`,
      },
    };
  },
});

const isPage = (exchange: ExchangeRecord): boolean =>
  (exchange.started?.dest ?? exchange.har?.dest) === 'document' && isSafe(exchange);

/** Who was in the session as the request began, where that is known and plain. */
function userOf({ operations }: ExchangeRecord): string | undefined {
  const { state } = operations.find(({ operation, outcome }) => operation === 'load' && outcome === 'found') ?? {};
  const part = state === undefined ? undefined : partsOf(state)?.find(([step]) => isUserKey([step]));
  return part === undefined ? undefined : textOf(part[1]);
}

const textOf = (value: EncodedValue | undefined): string | undefined =>
  (typeof value === 'string' && value !== '' && !isKept(value)) || typeof value === 'number'
    ? String(value)
    : undefined;
