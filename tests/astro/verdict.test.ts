/** Verdicts against what Astro really did: each row makes it take one decision. */
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { until } from '../browsers/until.ts';
import { type AppOptions, type Handler, hasRegistry, serve } from './built-app.ts';

interface Row {
  handler: Handler;
  /** What is sent: the ID of `{ a: 1, cart: [1] }`, of no record, or no ID. */
  sent?: 'known' | 'gone' | 'malformed';
  record: string;
  cookie: string;
  /** What the next request of the browser reads under `a`. */
  next: unknown;
  /** How many records there are then. */
  records: number;
  status?: number;
}

const ID = '0b1f3b0e-7a53-4c8e-9d3b-000000000001';
const GONE = '0b1f3b0e-7a53-4c8e-9d3b-000000000002';

const ROWS: Record<string, Row> = {
  'a new session with data': {
    handler: (session) => session.set('a', 2),
    record: 'saved new-session',
    cookie: 'set set',
    next: 2,
    records: 1,
  },
  'a new session that is read': {
    handler: (session) => session.get('a'),
    record: 'none new-and-empty',
    cookie: 'none kept',
    next: null,
    records: 0,
  },
  'a bare set: the rest is merged at the end': {
    handler: (session) => session.set('b', 2),
    sent: 'known',
    record: 'saved modified',
    cookie: 'set set',
    next: 1,
    records: 1,
  },
  'only read': {
    handler: (session) => session.get('a'),
    sent: 'known',
    record: 'unchanged unmodified',
    cookie: 'none kept',
    next: 1,
    records: 1,
  },
  'not used': {
    handler: () => 'ok',
    sent: 'known',
    record: 'unchanged not-used',
    cookie: 'none kept',
    next: 1,
    records: 1,
  },
  'trap: what get() gave is changed in place': {
    handler: async (session) => ((await session.get('cart')) as number[]).push(2),
    sent: 'known',
    record: 'not-saved nested-change',
    cookie: 'none kept',
    next: 1,
    records: 1,
  },
  'trap: and is stored where something else is set': {
    handler: async (session) => {
      ((await session.get('cart')) as number[]).push(2);
      session.set('a', 2);
    },
    sent: 'known',
    record: 'saved modified',
    cookie: 'set set',
    next: 2,
    records: 1,
  },
  deleted: {
    handler: (session) => session.delete('a'),
    sent: 'known',
    record: 'saved modified',
    cookie: 'none kept',
    next: null,
    records: 1,
  },
  'trap: a bare delete stores a session that no cookie names': {
    handler: (session) => session.delete('a'),
    record: 'saved without-a-cookie',
    cookie: 'not-set none-asked-for',
    next: null,
    records: 1,
  },
  destroyed: {
    handler: (session) => session.destroy(),
    sent: 'known',
    record: 'deleted destroyed',
    cookie: 'expired cleared',
    next: null,
    records: 0,
  },
  'destroyed, and written: another one': {
    handler: (session) => {
      session.destroy();
      session.set('a', 3);
    },
    sent: 'known',
    record: 'saved new-session',
    cookie: 'set set',
    next: 3,
    records: 1,
  },
  'trap: set, destroyed and set: no cookie names it': {
    handler: (session) => {
      session.set('a', 2);
      session.destroy();
      session.set('a', 3);
    },
    record: 'saved without-a-cookie',
    cookie: 'expired cleared',
    next: null,
    records: 1,
  },
  regenerated: {
    handler: (session) => session.regenerate(),
    sent: 'known',
    record: 'saved regenerated',
    cookie: 'set set',
    next: 1,
    records: 1,
  },
  'a record that there is not': {
    handler: (session) => session.get('a'),
    sent: 'gone',
    record: 'missing no-record',
    cookie: 'none kept',
    next: null,
    records: 0,
  },
  'a record that there is not, and a write': {
    handler: (session) => session.set('a', 2),
    sent: 'gone',
    record: 'saved missing-replaced',
    cookie: 'set set',
    next: 2,
    records: 1,
  },
  'no ID in the cookie': {
    handler: (session) => session.set('a', 2),
    sent: 'malformed',
    record: 'saved new-session',
    cookie: 'set set',
    next: 2,
    records: 1,
  },
  'the handler throws after its change: it is stored anyway': {
    handler: (session) => {
      session.set('a', 2);
      throw new Error('no');
    },
    sent: 'known',
    record: 'saved modified',
    cookie: 'not-set cookie-removed',
    next: 2,
    records: 1,
    status: 500,
  },
};

/** As Astro writes it. */
const record = (data: Record<string, unknown>): string => {
  const values: unknown[] = [['Map']];
  const put = (value: unknown): number => {
    const at = values.length;
    values.push(null);
    values[at] = Array.isArray(value)
      ? value.map(put)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, put(one)]))
        : value;
    return at;
  };
  values[0] = ['Map', ...Object.entries(data).flatMap(([key, value]) => [put(key), put({ data: value })])];
  return JSON.stringify(values);
};

describe.skipIf(!hasRegistry)('Astro', () => {
  test.each(Object.entries(ROWS))('%s', async (_name, row) => {
    const { handler, sent } = row;
    const records = new Map<string, unknown>();
    await using app = await serve(
      { '/': handler, '/next': async (session) => ({ a: (await session.get('a')) ?? null }) },
      { records },
    );
    if (sent === 'known') records.set(ID, record({ a: 1, cart: [1] }));
    if (sent !== undefined) app.jar.set('astro-session', { known: ID, gone: GONE, malformed: 'hello' }[sent]);
    const answer = await app.get('/');
    const { verdict, faults } = await app.finished('/');
    expect([
      `${verdict.record.outcome} ${verdict.record.reason}`,
      `${verdict.cookie.outcome} ${verdict.cookie.reason}`,
    ]).toEqual([row.record, row.cookie]);
    const isSet = answer.headers.some(([name, text]) => name === 'set-cookie' && text.startsWith('astro-session='));
    expect(isSet).toBe(['set', 'expired'].includes(verdict.cookie.outcome));
    expect(answer.status).toBe(row.status ?? 200);
    expect(faults).toBeUndefined();
    expect((JSON.parse((await app.get('/next')).body) as { a: unknown }).a).toEqual(row.next);
    expect(records.size).toBe(row.records);
  });

  test.each(['get', 'set', 'delete'] as const)('a driver that fails on %s', async (name) => {
    const records = new Map<string, unknown>([[ID, record({ a: 1 })]]);
    await using app = await serve(
      {
        '/': async (session) => {
          await session.get('a');
          return name === 'delete' ? session.destroy() : session.set('a', 2);
        },
      },
      { records },
    );
    records[name] = () => {
      throw new Error('the disk is full');
    };
    app.jar.set('astro-session', ID);
    // What can't be deleted Astro prints, and goes on.
    expect((await app.get('/')).status).toBe(name === 'delete' ? 200 : 500);
    const { verdict, faults } = await app.finished('/');
    expect(`${verdict.record.outcome} ${verdict.record.reason}`).toBe(
      { get: 'failed load-failed', set: 'failed store-error', delete: 'deleted destroyed' }[name],
    );
    expect(faults).toBeUndefined();
  });

  test('a record that Astro can’t read: it ends the session by itself', async () => {
    const records = new Map<string, unknown>([[ID, '[["Set",1],2]']]);
    await using app = await serve({ '/': (session) => session.get('a') }, { records });
    app.jar.set('astro-session', ID);
    await app.get('/');
    const operations = (await app.operations('/')).map(({ operation, actor, outcome }) => [operation, actor, outcome]);
    expect(operations.slice(0, 2)).toEqual([
      ['flush', 'framework', undefined],
      ['load', 'framework', 'error'],
    ]);
    expect(records.size).toBe(0);
    expect((await app.finished('/')).verdict.record).toMatchObject({ outcome: 'failed', reason: 'load-failed' });
  });

  test('trap: a component renders while the response is sent: what it sets is lost', async () => {
    const records = new Map<string, unknown>();
    let goOn: () => void = () => undefined;
    const isSent = new Promise<void>((resolve) => (goOn = resolve));
    const late: AppOptions['late'] = async (session) => {
      await isSent;
      session.set('a', 1);
    };
    await using app = await serve({}, { records, late });
    const response = await fetch(`${app.origin}/page`);
    goOn();
    expect(await response.text()).toContain('late');
    expect((await app.finished('/page')).verdict).toMatchObject({
      record: { outcome: 'not-saved', reason: 'too-late' },
      cookie: { outcome: 'not-set', reason: 'cookie-removed' },
    });
    expect(records.size).toBe(0);
  });

  test('a client that goes away: pending, and then what happened', async () => {
    let goOn: () => void = () => undefined;
    let isBegun = false;
    const isOver = new Promise<void>((resolve) => (goOn = resolve));
    const records = new Map<string, unknown>();
    await using app = await serve(
      {
        '/': async (session) => {
          session.set('a', 1);
          isBegun = true;
          await isOver;
          return 'ok';
        },
      },
      { records },
    );
    const { hostname, port } = new URL(app.origin);
    const socket = connect(Number(port), hostname);
    socket.write(`GET / HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
    await until(() => isBegun || undefined, 'the handler');
    socket.destroy();
    expect((await app.finished('/')).verdict.record.outcome).toBe('pending');
    goOn();
    await until(() => records.size > 0 || undefined, 'the record');
    const { verdict } = await until(async () => {
      const finished = await app.finished('/');
      return finished.verdict.record.outcome === 'pending' ? undefined : finished;
    }, 'the end');
    expect(verdict.record).toMatchObject({ outcome: 'saved', reason: 'new-session' });
  });
});
