/** Logs and traffic for the tests of the event log. */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { fixtureDigest } from '../../../../protocol/fixture-notation.cases.ts';
import type { Position, SessionscopeEvent, Verdict } from '../../../../protocol/index.ts';
import type { Viewer } from './contract.ts';
import { createEventLog, type LogOptions, type NewEvent, type WritableLog } from './event-log.ts';
import { createRedaction } from './redaction.ts';

const redaction = createRedaction(fixtureDigest);
/** A log whose digests are those of the fixtures. */
export const createLog = (options: Partial<LogOptions> = {}) => createEventLog({ redaction, ...options });

/** Who is paired. */
export const everything: Viewer = { all: true, sessions: new Set(), exchanges: new Set() };
/** Who holds these sessions. */
export const holderOf = (...sessions: string[]): Viewer => ({
  all: false,
  sessions: new Set(sessions),
  exchanges: new Set(),
});
/** Who has seen these exchanges' responses. */
export const witnessOf = (...exchanges: string[]): Viewer => ({
  all: false,
  sessions: new Set(),
  exchanges: new Set(exchanges),
});

/** A new exchange's id. */
export const newId = () => randomBytes(16).toString('hex');
/** The name of a session that a test calls so. */
export const fingerprintOf = (name: string) => fixtureDigest(name);
export const A = fingerprintOf('a');
export const B = fingerprintOf('b');
export const C = fingerprintOf('c');

/** A write of one key, in an exchange or in the background. */
export const set = (exchange: string | null, session: string | null, key = 'n', after = 1): NewEvent => ({
  type: 'operation-recorded',
  exchange,
  session,
  operation: 'set',
  call: 'set',
  actor: exchange === null ? 'background' : 'app',
  path: [key],
  after,
});

const started = (exchange: string): NewEvent => ({
  type: 'exchange-started',
  exchange,
  middleware: 0,
  method: 'GET',
  path: '/',
  protocol: 'http',
  cookie: { name: 'sid', sent: 0 },
});

const verdict: Verdict = {
  record: { outcome: 'saved', reason: 'modified', text: 'It was changed.' },
  cookie: { outcome: 'none', reason: 'kept', text: 'None was due.' },
};

const finished = (exchange: string, sessionBefore: string | null, sessionAfter: string | null): NewEvent => ({
  type: 'exchange-finished',
  exchange,
  status: 200,
  durationMs: 1,
  ending: 'completed',
  sessionBefore,
  sessionAfter,
  verdict,
});

/** A whole exchange: started, one write, finished. */
export function exchange(log: WritableLog, before: string | null, after: string | null, id = newId()): string {
  log.append(started(id), 0, before);
  log.append(set(id, after), 8, before);
  log.append(finished(id, before, after), 0, before);
  return id;
}

/** Reads to the end, in answers of at most `limit`. */
export function readAll(
  log: WritableLog,
  viewer: Viewer,
  after: Position | null = null,
  limit = 7,
): SessionscopeEvent[] {
  const events: SessionscopeEvent[] = [];
  for (let position = after; ;) {
    const reading = log.read(position, viewer, limit);
    expect(reading.events.length).toBeLessThanOrEqual(limit);
    events.push(...reading.events);
    position = reading.next;
    if (!reading.more) return events;
  }
}

/** Numbers of events. */
export const seqs = (events: SessionscopeEvent[]) => events.map(({ seq }) => seq);
