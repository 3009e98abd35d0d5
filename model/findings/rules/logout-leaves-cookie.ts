import type { ExchangeRecord } from '../../recording/records.ts';
import type { OperationRecorded } from '../../../protocol/index.ts';
import { byFamily, earlier, middlewareKey } from '../facts.ts';
import { issue } from '../references.ts';
import { type Fix, type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  ended: ExchangeRecord;
  flush: OperationRecorded;
}

/** A session was ended, and the browser still brings its cookie. */
export const logoutLeavesCookie = rule<Found>({
  id: 'logout-leaves-cookie',
  severity: 'note',
  title: 'Logout leaves the cookie',
  scope: 'exchange',
  why: 'Each request asks the store for a record that is gone. Where the cookie was to be dropped, path or domain differ.',
  references: [issue('expressjs/session', 507)],
  find(at) {
    const { exchange } = at;
    const sent = exchange.started?.cookie.fingerprint;
    if (sent === undefined) return [];
    for (const other of earlier(at, 10 * 60_000)) {
      if (middlewareKey(other) !== middlewareKey(exchange) || other.finished === undefined) continue;
      if (other.finished.seq > exchange.seq && other.epoch === exchange.epoch) continue;
      const flush = other.operations.find(
        ({ operation, from, outcome, actor }) =>
          operation === 'flush' && from === sent && outcome !== 'error' && actor !== 'background',
      );
      if (flush === undefined) continue;
      // The answer went to another client, which had the cookie too.
      if (isOtherClient(other, exchange)) return [];
      // The one that ended it set another session's cookie: then the browser has that.
      if (other.finished.verdict.cookie.outcome === 'set' && other.finished.sessionAfter !== null) return [];
      return [{ key: middlewareKey(exchange), ended: other, flush }];
    }
    return [];
  },
  explain({ ended, flush }, { exchange }) {
    const { outcome, attributes } = ended.finished!.verdict.cookie;
    const name = exchange.started!.cookie.name;
    const isDropped = outcome === 'expired';
    return {
      sentence: say`${{ request: exchange }} still brought the ${{ code: name }} of session ${{ session: flush.from! }}, which ${{ request: ended }} had ended.`,
      lines: [{ label: 'Ended at', exchange: ended, operation: flush }],
      because: isDropped
        ? say`The response told the browser to drop ${{ code: attributes?.name ?? name }} of path ${attributes?.path ?? '/'}${attributes?.domain === undefined ? '' : ` on ${attributes.domain}`}; the browser has it under another path or domain.`
        : say`The response did not tell the browser to drop it.`,
      evidence: [
        { exchange: ended, operation: flush, text: say`ends the session` },
        { exchange, text: say`brings its cookie`, isDecisive: true },
      ],
      fix: byFamily<Fix>(exchange, {
        express: {
          text: say`Drop it with the path and domain that it was set with.`,
          code: [`+ res.clearCookie('${name}', { path: '/' });`],
        },
        other: { text: say`Drop it with the path and domain that it was set with.` },
      }),
    };
  },
});

const isOtherClient = ({ started: a }: ExchangeRecord, { started: b }: ExchangeRecord): boolean =>
  a?.client !== undefined && b?.client !== undefined && a.client !== b.client;
