import type { OperationRecorded } from '../../../protocol/index.ts';
import type { RecordFact } from '../../history/record-fact.ts';
import { sameness } from '../../values/compare.ts';
import { valueAt } from '../../values/parts.ts';
import type { ExchangeRecord } from '../../recording/records.ts';
import { byFamily, isSaved, isSealed, keysOf, recordOf, writeOf } from '../facts.ts';
import { issue } from '../references.ts';
import { type Fix, type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  save: OperationRecorded;
  /** The load of the request that it led to; `gone`: it found no record yet. */
  early: RecordFact & { is: 'there' | 'gone' };
  key: string;
  lost: string;
}

/** The response left before the session was saved: the request that it led to loaded the old record. */
export const redirectBeforeSave = rule<Found>({
  id: 'redirect-before-save',
  severity: 'problem',
  title: 'Redirect before the save',
  scope: 'exchange',
  why: 'A browser follows a redirect as soon as its headers arrive. The page that it opens reads a session in which nothing has happened yet.',
  references: [issue('expressjs/session', 360), issue('expressjs/session', 309)],
  find(at) {
    const { items, index, exchange } = at;
    const { finished, started } = exchange;
    if (finished?.status === undefined || finished.status < 300 || finished.status >= 400 || isSealed(exchange))
      return [];
    const save = exchange.operations.findLast((operation) => isSaved(operation) && operation.session !== null);
    if (save?.state === undefined) return [];
    const own = recordOf(at, save.session!).facts;
    const found: Found[] = [];
    for (let next = index + 1; next < items.length && found.length === 0; next++) {
      const item = items[next]!;
      if (item.kind !== 'exchange' || item.epoch !== exchange.epoch) continue;
      if (item.seq > save.seq) break;
      if (!isLedTo(exchange, item) || item.started!.middleware !== started?.middleware) continue;
      const early = own.find(
        (fact) => fact.exchange === item && fact.operation.operation === 'load' && fact.operation.seq < save.seq,
      );
      if (early?.is !== 'there' && early?.is !== 'gone') continue;
      const lost = keysOf(save.state).find((key) => {
        const write = writeOf(exchange, key, save);
        const [mine, theirs] = [valueAt(save.state, [key]), valueIn(early, key)];
        return (
          write !== undefined && mine !== 'unknown' && theirs !== 'unknown' && sameness(mine, theirs) === 'different'
        );
      });
      if (lost !== undefined)
        found.push({ key: `${save.epoch}:${save.seq}`, save, early, lost, operation: early.operation });
    }
    return found;
  },
  explain({ save, early, lost }, { exchange }) {
    const [a, b] = [{ request: exchange }, { request: early.exchange }];
    const key = { path: [lost] };
    const write = writeOf(exchange, lost, save)!;
    const [old, fresh] = [valueIn(early, lost), valueAt(save.state, [lost])];
    const shown = (value: typeof old) => (value === undefined || value === 'unknown' ? say`absent` : say`${{ value }}`);
    return {
      sentence: say`${b} loaded the session ${{ ms: Math.max(0, save.at - early.operation.at) }} before ${a}, which redirected to it, had saved ${key}.`,
      lines: [
        { label: 'Written at', exchange, operation: write },
        { label: 'Saved at', exchange, operation: save, isDecisive: true },
      ],
      picture: {
        title: say`${key}`,
        stretches: [
          { text: shown(old), isLost: true },
          { from: save, text: shown(fresh) },
        ],
      },
      because: say`The headers of the redirect left before the store had answered; the browser did not wait for the rest.`,
      evidence: [
        { exchange, operation: write, text: say`sets ${key} to ${shown(fresh)}` },
        { exchange: early.exchange, text: say`follows the redirect` },
        {
          exchange: early.exchange,
          operation: early.operation,
          text: say`${early.is === 'gone' ? 'finds no record yet' : 'loads the old record'}: ${key} is ${shown(old)}`,
          isDecisive: true,
        },
        { exchange, operation: save, text: say`the save ends` },
      ],
      fix: byFamily<Fix>(exchange, {
        express: {
          text: say`Save first, then redirect.`,
          code: [
            '- res.redirect(location);',
            '+ req.session.save((error) => (error ? next(error) : res.redirect(location)));',
          ],
        },
        other: { text: say`Save the session and wait for it before the response is sent.` },
      }),
      limits: say`Requests that the page sends at the same time, without waiting for this one, can still be early.`,
    };
  },
});

/** Whether a request is the one that a redirect leads to. */
function isLedTo({ finished, started, at }: ExchangeRecord, next: ExchangeRecord): boolean {
  const { started: led } = next;
  if (led === undefined || led.cookie.sent === 0 || started === undefined) return false;
  const { location, headAtMs } = finished!;
  // Whoever asks before the head has left does not follow it.
  if (headAtMs !== undefined && next.at < at + headAtMs - CLOCK_MS) return false;
  return location !== undefined && samePath(location, led.path);
}

/** The two are times of one process, by two of its clocks. */
const CLOCK_MS = 5;

const samePath = (a: string, b: string) => a.replace(/\/$/, '') === b.replace(/\/$/, '');

const valueIn = (fact: Found['early'], key: string) => (fact.is === 'gone' ? undefined : valueAt(fact.value, [key]));
