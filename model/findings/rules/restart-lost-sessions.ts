import type { EpochRecord } from '../../recording/records.ts';
import { recordsIn } from '../../recording/stores.ts';
import { middlewareKey, middlewareOf } from '../facts.ts';
import type { OperationRecorded } from '../../../protocol/index.ts';
import { express, issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  restart: EpochRecord;
  load: OperationRecorded;
}

/** The server was restarted, and the sessions that it kept in memory went with it. */
export const restartLostSessions = rule<Found>({
  id: 'restart-lost-sessions',
  severity: 'warning',
  title: 'Sessions lost with a restart',
  scope: 'exchange',
  why: 'The browser still brings its cookie, and nobody knows it any more: everyone is logged out.',
  references: [express('store implementation'), issue('expressjs/session', 885)],
  find({ items, index, exchange }) {
    if (recordsIn(middlewareOf(exchange)) !== 'process') return [];
    const sent = exchange.started?.cookie.fingerprint;
    const load = exchange.operations.find(
      ({ operation, session }) => operation === 'load' && (session === sent || session === null),
    );
    if (sent === undefined || load?.outcome !== 'missing') return [];
    // Known before, in the life before: else it may be a cookie of another day.
    let restart: EpochRecord | undefined;
    for (let at = index - 1; at >= 0; at--) {
      const item = items[at]!;
      if (item.kind === 'epoch' && item.isRestart && item.epoch === exchange.epoch) restart = item;
      if (restart === undefined || item.kind !== 'exchange' || item.epoch === exchange.epoch) continue;
      // What the restart cut off says nothing of how its session ended.
      if (item.finished === undefined) continue;
      if (item.finished.sessionAfter === sent)
        return [{ key: `${middlewareKey(exchange)}:${restart.epoch}`, restart, load }];
      if (item.started?.cookie.fingerprint === sent) return [];
    }
    return [];
  },
  explain({ restart, load }, { exchange }) {
    return {
      sentence: say`${{ request: exchange }} brought session ${{ session: exchange.started!.cookie.fingerprint! }}, which was in memory before the server restarted ${{ ms: Math.max(0, exchange.at - restart.at) }} ago.`,
      evidence: [{ exchange, operation: load, text: say`finds no record`, isDecisive: true }],
      fix: {
        text: say`Name a store that outlives the process: in development a file or SQLite will do.`,
        code: ['  session({', '+   store: new RedisStore({ client }),'],
      },
    };
  },
});
