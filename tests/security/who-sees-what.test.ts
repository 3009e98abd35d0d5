/** What a holder may see, and what a paired panel: exactly that, over rotation and flush. docs/security.md. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EventsAnswer, ExchangeStarted, SessionscopeEvent } from '../../protocol/index.ts';
import { DISCOVERY_HEADER } from '../../protocol/index.ts';
import { type GuardedApp, json, serveGuarded, signedCookie } from './guarded-app.ts';

let guarded: GuardedApp;
beforeAll(async () => {
  guarded = await serveGuarded();
});
afterAll(() => guarded[Symbol.asyncDispose]());

const ENOUGH = 40;

/** One browser: its cookie as it changes, every cookie that it had, its exchanges, and what it wrote. */
class Browser {
  cookie = '';
  readonly cookies = new Set<string>();
  readonly exchanges: string[] = [];
  readonly notes: string[] = [];

  async go(path: string): Promise<void> {
    const response = await fetch(guarded.app.origin + path, {
      headers: this.cookie === '' ? {} : { cookie: `connect.sid=${this.cookie}` },
    });
    await response.text();
    this.exchanges.push(/exchange="([0-9a-f]{32})"/.exec(response.headers.get(DISCOVERY_HEADER) ?? '')![1]!);
    const set = /connect\.sid=([^;]*)/.exec(response.headers.getSetCookie()[0] ?? '')?.[1];
    if (set === undefined) return;
    this.cookie = set;
    this.cookies.add(set);
  }

  async write(note: string): Promise<void> {
    this.notes.push(note);
    await this.go(`/write?note=${note}`);
  }
}

const asHolder = async (proofs: object): Promise<SessionscopeEvent[]> => {
  const answer = await guarded.ask('direct', { call: 'events', body: { v: 1, proofs, after: null, wait: false } });
  expect(answer.status).toBe(200);
  return (json(answer) as EventsAnswer).events;
};

const withCookie = (cookie: string) => asHolder({ cookies: [{ name: 'connect.sid', value: cookie }] });

const exchangesOf = (events: readonly SessionscopeEvent[]) =>
  events.filter((event): event is ExchangeStarted => event.type === 'exchange-started').map(({ exchange }) => exchange);

/** Two browsers, taking turns, over a rotation, and one over a logout: recognized by what they leave in the log. */
async function twoBrowsers() {
  const [mine, other] = [new Browser(), new Browser()];
  for (let turn = 0; turn < 3; turn++) {
    await mine.write(`mine-${turn}-${crypto.randomUUID()}`);
    await other.write(`other-${turn}-${crypto.randomUUID()}`);
    if (turn === 0) for (const browser of [other, mine]) await browser.go('/regenerate');
  }
  return { mine, other };
}

test('two browsers, over a rotation: each sees its own exchanges whole, and nothing of the other', async () => {
  const { mine, other } = await twoBrowsers();
  for (const [one, another] of [
    [mine, other],
    [other, mine],
  ] as const) {
    const seen = await withCookie(one.cookie);
    const text = JSON.stringify(seen);
    for (const note of another.notes) expect(text).not.toContain(note);
    for (const exchange of another.exchanges) expect(text).not.toContain(exchange);
    for (const cookie of [...one.cookies, ...another.cookies]) expect(text).not.toContain(cookie);
    // The exchange that made this session began with the one before: it is seen whole.
    expect(exchangesOf(seen)).toEqual(one.exchanges.slice(1));
    for (const note of one.notes.slice(1)) expect(text).toContain(note);
  }
});

test('the cookie of before the rotation proves what happened up to it, and nothing from it on', async () => {
  const { mine } = await twoBrowsers();
  const [first] = mine.cookies;
  const seen = await withCookie(first!);
  expect(exchangesOf(seen)).toEqual(mine.exchanges.slice(0, 2));
  // The exchange of the rotation is its own up to there.
  expect(seen.at(-1)).toMatchObject({ type: 'operation-recorded', exchange: mine.exchanges[1] });
  expect(JSON.stringify(seen)).not.toContain('cycle-key');
  for (const note of mine.notes.slice(1)) expect(JSON.stringify(seen)).not.toContain(note);
});

test('a planted cookie: who had it before the login sees nothing of the session that it became, whatever is asked', async () => {
  const browser = new Browser();
  await browser.write(`cart-${crypto.randomUUID()}`);
  const planted = browser.cookie;
  const secret = `logged-in-${crypto.randomUUID()}`;
  await browser.go(`/login?note=${secret}`);
  await browser.go('/read');
  const proofs = { cookies: [{ name: 'connect.sid', value: planted }] };
  for (const call of ['events', 'session']) {
    const body = call === 'events' ? { v: 1, proofs, after: null, wait: false } : { v: 1, proofs };
    expect((await guarded.ask('direct', { call, body })).text).not.toContain(secret);
  }
  const all = guarded.app.events();
  const { epoch } = guarded.app.companion!.log;
  const hidden = all.filter((event) => JSON.stringify(event).includes(secret));
  expect(hidden.length).toBeGreaterThan(0);
  for (const { seq } of hidden)
    for (const part of ['before', 'after', 'state']) {
      const answer = await guarded.ask('direct', { call: 'value', body: { v: 1, proofs, epoch, seq, part, path: [] } });
      expect(answer.status).toBe(404);
    }
  // The same requests, by the cookie that the login gave: all of it.
  expect(JSON.stringify(await withCookie(browser.cookie))).toContain(secret);
  // And by the exchange's id, which only who received the response knows.
  expect(JSON.stringify(await asHolder({ exchanges: [browser.exchanges[1]!] }))).toContain(secret);
  // The planted cookie is sent again: what that request does is not its holder's to see either.
  const late = new Browser();
  late.cookie = planted;
  await late.write(`late-${crypto.randomUUID()}`);
  expect(JSON.stringify(await withCookie(planted))).not.toContain(late.notes[0]);
});

test('a flush: whoever held the session sees what was before it, and whoever comes after sees nothing of it', async () => {
  const [mine, other] = [new Browser(), new Browser()];
  await mine.write(`before-logout-${crypto.randomUUID()}`);
  await mine.go('/destroy');
  await other.write('another');
  const seen = await withCookie(mine.cookie);
  expect(JSON.stringify(seen)).toContain(mine.notes[0]);
  expect(exchangesOf(seen)).toEqual(mine.exchanges);
  expect(seen.some((event) => event.type === 'operation-recorded' && event.operation === 'flush')).toBe(false);
  expect(JSON.stringify(await withCookie(other.cookie))).not.toContain(mine.notes[0]);
});

test('an exchange id proves that exchange only', async () => {
  const { mine, other } = await twoBrowsers();
  for (const exchange of [...mine.exchanges, ...other.exchanges]) {
    const seen = await asHolder({ exchanges: [exchange] });
    const reported = seen.flatMap((event) => ('exchange' in event && event.exchange !== null ? [event.exchange] : []));
    expect(new Set(reported)).toEqual(new Set([exchange]));
  }
  // The session behind it is not proven by it.
  const answer = await guarded.ask('direct', {
    body: { v: 1, proofs: { exchanges: [mine.exchanges[0]] } },
  });
  expect(answer.status).toBe(403);
});

test('an id that nobody was given shows nothing', async () => {
  for (let tries = 0; tries < ENOUGH; tries++) {
    const exchange = crypto.randomUUID().replaceAll('-', '');
    expect((await asHolder({ exchanges: [exchange] })).filter(({ type }) => type !== 'epoch-started')).toEqual([]);
  }
});

test('a key that the app signs but never made shows nothing', async () => {
  const seen = await withCookie(signedCookie('never-made'));
  expect(seen.filter(({ type }) => type !== 'epoch-started')).toEqual([]);
});

test('`session`: a holder reads its own, whatever session it names', async () => {
  const { mine, other } = await twoBrowsers();
  const fingerprintOf = async (browser: Browser) =>
    (json(await guarded.ask('direct', { body: { v: 1, proofs: cookieOf(browser) } })) as { session: string }).session;
  const cookieOf = ({ cookie }: Browser) => ({ cookies: [{ name: 'connect.sid', value: cookie }] });
  const [own, foreign] = [await fingerprintOf(mine), await fingerprintOf(other)];
  expect(own).not.toBe(foreign);
  const answer = await guarded.ask('direct', { body: { v: 1, proofs: cookieOf(mine), session: foreign } });
  expect(json(answer)).toMatchObject({ session: own, store: { outcome: 'found' } });
  expect(answer.text).not.toContain(other.notes.at(-1));
  // Paired, it reads the one that it names.
  for (const listener of ['app', 'direct'] as const) {
    const paired = await guarded.ask(listener, { withToken: true, body: { v: 1, proofs: {}, session: foreign } });
    expect(json(paired)).toMatchObject({ session: foreign, store: { outcome: 'found' } });
    expect(paired.text).toContain(other.notes.at(-1));
  }
});

test('`value`: a holder gets no value of another, and reveals none of its own', async () => {
  const { mine, other } = await twoBrowsers();
  const all = guarded.app.events();
  const writeOf = (browser: Browser) =>
    all.find((event) => event.type === 'operation-recorded' && event.after === browser.notes.at(-1))!;
  const proofs = { cookies: [{ name: 'connect.sid', value: mine.cookie }] };
  const ask = (seq: number, more: object = {}, withToken = false) =>
    guarded.ask('direct', {
      call: 'value',
      withToken,
      body: { v: 1, proofs, epoch: guarded.app.companion!.log.epoch, seq, part: 'after', path: [], ...more },
    });
  expect((await ask(writeOf(mine).seq)).text).toContain(mine.notes.at(-1));
  const refused = await ask(writeOf(other).seq);
  expect(refused.status).toBe(404);
  // Not to be distinguished from one that never was.
  expect(refused.text).toBe((await ask(999_999)).text);
  expect((await ask(writeOf(mine).seq, { reveal: true })).status).toBe(403);
  expect((await ask(writeOf(other).seq, { reveal: true }, true)).text).toContain(other.notes.at(-1));
});

describe('paired', () => {
  test('sees every session at both listeners, with its cookie or without', async () => {
    const { mine, other } = await twoBrowsers();
    for (const listener of ['app', 'direct'] as const) {
      const answer = await guarded.ask(listener, {
        call: 'events',
        withToken: true,
        body: { v: 1, proofs: {}, after: null, wait: false },
      });
      for (const note of [...mine.notes, ...other.notes]) expect(answer.text).toContain(note);
      for (const cookie of [...mine.cookies, ...other.cookies]) expect(answer.text).not.toContain(cookie);
    }
  });
});
