import type { ExchangeRecord } from '../../recording/records.ts';
import { earlier, middlewareKey, middlewareOf } from '../facts.ts';
import { express, issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  /** Newest first. */
  visits: readonly ExchangeRecord[];
}

const LEAST = 3;

/** Of express-session, and of h3. */
const REASONS: ReadonlySet<string | undefined> = new Set(['save-uninitialized', 'begun-and-saved']);

/** What to change, by library; it is express-session's elsewhere. */
const CODE: Readonly<Record<string, readonly string[]>> = {
  h3: ["+ if (getCookie(event, 'h3') === undefined) return; // before the session is asked for"],
};

const isEmptySave = ({ finished }: ExchangeRecord) => REASONS.has(finished?.verdict.record.reason);

/** Every visitor without anything in the session gets a record. */
export const emptySessionsSaved = rule<Found>({
  id: 'empty-sessions-saved',
  severity: 'note',
  title: 'Empty sessions saved',
  scope: 'exchange',
  why: 'Robots and health checks fill the store with records that nobody ever reads, and each visitor gets a cookie before any consent.',
  references: [express('saveUninitialized'), issue('expressjs/session', 186)],
  find(at) {
    if (!isEmptySave(at.exchange)) return [];
    const key = middlewareKey(at.exchange);
    const visits = [at.exchange];
    for (const other of earlier(at)) {
      if (isEmptySave(other) && middlewareKey(other) === key) visits.push(other);
      if (visits.length >= LEAST) return [{ key, visits }];
    }
    return [];
  },
  explain({ visits }, { exchange }) {
    return {
      sentence: say`${visits.length} requests up to ${{ request: exchange }} saved a session with nothing in it.`,
      evidence: visits.toReversed().map((visit) => {
        const save = visit.operations.find(({ operation }) => operation === 'save');
        return {
          exchange: visit,
          ...(save === undefined ? {} : { operation: save }),
          text: say`saves an empty session`,
        };
      }),
      fix: {
        text: say`Save a session once there is something in it.`,
        code: CODE[middlewareOf(exchange)?.library ?? ''] ?? [
          '- saveUninitialized: true,',
          '+ saveUninitialized: false,',
        ],
      },
    };
  },
});
