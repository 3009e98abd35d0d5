import type { OperationRecorded } from '../../../protocol/index.ts';
import type { ExchangeRecord } from '../../recording/records.ts';
import { earlier, isSafe, isSameBrowser, isSealed } from '../facts.ts';
import { issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  get: OperationRecorded;
  eaten: { exchange: ExchangeRecord; operation: OperationRecorded };
  set: { exchange: ExchangeRecord; operation: OperationRecorded };
}

/** Names under which apps keep what is shown once. */
const FLASH_KEY = /flash|message|notice|notification|toast|alert/i;
const SHOWN_MS = 60_000;

const destOf = ({ started, har }: ExchangeRecord) => started?.dest ?? har?.dest;

/** What was to be shown once was taken out by a request that shows nothing, and the page does not find it. */
export const flashEaten = rule<Found>({
  id: 'flash-eaten',
  severity: 'warning',
  title: 'Flash message taken by another request',
  scope: 'exchange',
  why: 'The user never sees the message: a picture, a poll or a script that runs the same code was faster than the page.',
  references: [issue('roidrage/redis-session-store', 94), issue('remix-run/remix', 9445)],
  find(at) {
    const { exchange } = at;
    if (destOf(exchange) !== 'document') return [];
    const get = exchange.operations.find(
      ({ operation, hit, actor, path }) =>
        operation === 'get' &&
        hit === false &&
        actor === 'app' &&
        path?.length === 1 &&
        FLASH_KEY.test(String(path[0])),
    );
    if (get === undefined) return [];
    const key = String(get.path![0]);
    let eaten: Found['eaten'] | undefined;
    for (const other of earlier(at, SHOWN_MS)) {
      if (!isSameBrowser(other, exchange)) continue;
      const operation = other.operations.findLast(
        ({ operation: name, path, hit }) =>
          (name === 'set' || (name === 'delete' && hit !== false)) && String(path?.[0]) === key,
      );
      if (operation === undefined) continue;
      if (eaten !== undefined)
        return operation.operation === 'set' && isOneSession({ exchange: other, operation }, eaten)
          ? [{ key: `${other.id}:${key}`, get, eaten, set: { exchange: other, operation }, operation: get }]
          : [];
      if (operation.operation !== 'delete' || !isSideRequest(other) || !isSafe(other)) return [];
      eaten = { exchange: other, operation };
    }
    return [];
  },
  explain({ get, eaten, set }, { exchange }) {
    const key = { path: get.path! };
    return {
      sentence: say`${{ request: eaten.exchange }} took ${key} out of the session, which ${{ request: set.exchange }} had put there for a page: ${{ request: exchange }} did not find it.`,
      lines: [
        { label: 'Taken at', exchange: eaten.exchange, operation: eaten.operation, isDecisive: true },
        { label: 'Set at', exchange: set.exchange, operation: set.operation },
      ],
      because: say`${{ request: eaten.exchange }} was a request for ${destOf(eaten.exchange) === 'empty' ? 'a script' : `a part of a page (${destOf(eaten.exchange)!})`}, which shows nothing.`,
      evidence: [
        { exchange: set.exchange, operation: set.operation, text: say`puts ${key} there` },
        { exchange: eaten.exchange, operation: eaten.operation, text: say`takes it out`, isDecisive: true },
        { exchange, operation: get, text: say`a page, which does not find it` },
      ],
      fix: {
        text: say`Take it out where the page is made, and nowhere else: not in code that runs for each request.`,
      },
    };
  },
});

/** A sealed session has another name with each answer. */
const isOneSession = (set: Found['set'], eaten: Found['eaten']): boolean =>
  isSealed(set.exchange) || (set.operation.session ?? set.exchange.finished?.sessionAfter) === eaten.operation.session;

/** Known to be no page of its own. */
function isSideRequest(exchange: ExchangeRecord): boolean {
  const dest = destOf(exchange);
  return dest !== undefined && dest !== 'document' && dest !== 'iframe' && dest !== 'frame';
}
