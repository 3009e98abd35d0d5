/**
 * `sendingOf` beside two real browsers: for each page, kind of request and cookie it says first whether the cookie will
 * be sent, then the request is made, and what the server received decides.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Browser, launch, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cookieOfHeader } from '../../model/recording/assumed-cookie.ts';
import { refusalOf } from '../../model/recording/browser-rules.ts';
import { sendingOf } from '../../model/recording/cookie-sending.ts';
import {
  type BrowserName,
  REQUEST_KINDS,
  type RequestKind,
  type SendableCookie,
} from '../../model/recording/future-request.ts';
import type { Decision } from '../../model/recording/sending-rules.ts';
import { findBrowser } from '../../scripts/browsers.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { PATIENCE_MS, until } from '../browsers/until.ts';
import { type SendingApp, startSendingApp } from './sending-app.ts';
import { perform } from './sending-performed.ts';

/** What a server may say of a cookie, each under a name of its own. `{host}`: the one that sets it. */
const COOKIES: Readonly<Record<string, string>> = {
  plain: '',
  lax: '; Path=/; SameSite=Lax',
  strict: '; Path=/; SameSite=Strict; HttpOnly',
  none: '; Path=/; SameSite=None; Secure',
  'none-insecure': '; Path=/; SameSite=None',
  absent: '; Path=/',
  secure: '; Path=/; Secure; Max-Age=600',
  deep: '; Path=/deep',
  partitioned: '; Path=/; SameSite=None; Secure; Partitioned',
  '__Host-good': '; Path=/; Secure',
  '__Host-bad': '; Path=/app; Secure',
  '__Secure-good': '; Path=/; Secure; SameSite=None',
  over: '; Path=/; Max-Age=0',
  wide: '; Path=/; Domain={host}',
};

/** What a page loads or fetches from another site may set. */
const FOREIGN: Readonly<Record<string, string>> = {
  lax: '; Path=/; SameSite=Lax',
  absent: '; Path=/',
  partitioned: '; Path=/; SameSite=None; Secure; Partitioned',
};

const PATHS = ['/', '/deep', '/deep/er', '/deeper'];

/** Pages that make requests, and where these go: `a` and `b` are two ports. */
const PAIRS: readonly (readonly [page: string, target: string])[] = [
  ['localhost a', 'localhost a'],
  ['localhost a', 'localhost b'],
  ['127.0.0.1 a', '127.0.0.1 b'],
  ['localhost a', '127.0.0.1 a'],
  ['127.0.0.1 a', 'localhost a'],
  ['shop.localhost a', 'api.shop.localhost a'],
  ['api.shop.localhost a', 'shop.localhost a'],
  ['shop.localhost a', 'other.localhost a'],
  ['shop.test a', 'shop.test b'],
  ['shop.test a', 'api.shop.test a'],
  ['shop.test a', 'other.test a'],
  ['localhost a', 'shop.test a'],
];

/** Names that lead nowhere but here. */
const NAMES = ['shop.test', 'api.shop.test', 'other.test'];

interface Started {
  browser: Browser;
  close: () => Promise<void>;
}

/** `cookieControls`: 0 lets third-party cookies pass, 1 blocks them, as the browser's settings do. */
async function startChromium({ cookieControls = 0 } = {}): Promise<Started> {
  const userDataDir = mkdtempSync(join(tmpdir(), 'sessionscope-sending-'));
  mkdirSync(join(userDataDir, 'Default'));
  writeFileSync(
    join(userDataDir, 'Default', 'Preferences'),
    JSON.stringify({ profile: { cookie_controls_mode: cookieControls } }),
  );
  const browser = await launch({
    executablePath: findBrowser('chromium')!,
    pipe: true,
    timeout: PATIENCE_MS,
    userDataDir,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--no-first-run',
      '--host-resolver-rules=MAP *.test 127.0.0.1',
    ],
  });
  return {
    browser,
    async close() {
      await browser.close();
      rmSync(userDataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** `grants`: links between two sites let the one have the other's cookies, as by default. */
async function startFirefox({ grants = false } = {}): Promise<Started> {
  const browser = await launch({
    browser: 'firefox',
    executablePath: findBrowser('firefox')!,
    timeout: PATIENCE_MS,
    extraPrefsFirefox: {
      'network.dns.localDomains': NAMES.join(),
      // As a user's Firefox has it: Puppeteer's own profile sets another.
      'network.cookie.cookieBehavior': 5,
      // It asks before a form of localhost, which counts as secure, goes to a server that does not.
      'security.warn_submit_secure_to_insecure': false,
      'privacy.restrict3rdpartystorage.heuristic.navigation': grants,
      'privacy.restrict3rdpartystorage.heuristic.recently_visited': grants,
    },
  });
  return { browser, close: () => browser.close() };
}

const START: Record<BrowserName, () => Promise<Started>> = { chromium: startChromium, firefox: startFirefox };
const BROWSERS = ['chromium', 'firefox'] as const;

/** The cookies of one browser, as the headers say, and its page. */
class Stage {
  readonly jar: SendableCookie[] = [];
  #count = 0;
  readonly app: SendingApp;
  readonly page: Page;
  readonly browser: BrowserName;

  constructor(app: SendingApp, page: Page, browser: BrowserName) {
    this.app = app;
    this.page = page;
    this.browser = browser;
  }

  urlOf(place: string, path: string): string {
    const [host, server] = place.split(' ');
    return `http://${host}:${this.app.ports[server === 'b' ? 1 : 0]}${path}`;
  }

  /** Has a response of `host` set cookies, and keeps what their headers make of them. `below`: a page that asks for it. */
  async set(
    host: string,
    cookies: Readonly<Record<string, string>>,
    below?: { page: string; kind: 'frame' | 'fetch-include' },
  ): Promise<void> {
    const url = `${this.urlOf(host, '/set')}?n=set${++this.#count}`;
    const lines = Object.entries(cookies).map(([name, attributes]) => ({
      name,
      valueLength: 1,
      attributes: attributes.replace('{host}', host),
    }));
    this.app.sets(lines.map(({ name, attributes }) => `${name}=1${attributes}`));
    const createdFrom = Date.now();
    await this.page.goto(below === undefined ? url : this.urlOf(below.page, '/page'));
    if (below !== undefined) await perform(this.page, below.kind, url);
    await this.app.cameWith(`set${this.#count}`);
    // The page has its answer, and so have those that it asked for.
    if (below !== undefined) await this.page.evaluate(() => fetch('/page').then((answer) => answer.text()));
    const reception = {
      url,
      dest: below === undefined ? 'document' : below.kind === 'frame' ? 'iframe' : 'empty',
      site: below === undefined ? 'none' : 'cross-site',
      browser: this.browser,
      ...(below === undefined ? {} : { pageOrigin: new URL(this.urlOf(below.page, '/')).origin }),
    };
    for (const line of lines) {
      if (refusalOf(line, reception) !== undefined) continue;
      const cookie = cookieOfHeader(line, { ...reception, at: Date.now() });
      if (cookie !== undefined) this.jar.push({ createdFrom, ...cookie });
    }
  }

  /** Says what will be sent, makes the request, and gives both, by the names of cookies. */
  async foretellAndPerform(kind: RequestKind, from: string, to: string, path = '/') {
    const id = String(++this.#count);
    const page = this.urlOf(from, '/page');
    const url = `${this.urlOf(to, path)}?n=${id}`;
    await this.page.goto(page);
    const request = { url, kind, page, browser: this.browser, at: Date.now() };
    const foretold = this.jar.map((cookie) => ({ cookie, decision: sendingOf(cookie, request) }));
    await perform(this.page, kind, url);
    const came = await this.app.cameWith(id);
    const of = (name: string) => foretold.filter(({ cookie }) => cookie.name === name);
    return {
      came,
      decisions: (name: string): Decision[] => of(name).map(({ decision }) => decision),
      /** Where what came is not what was foretold; not known is right with either. */
      wrong: [...new Set([...foretold.map(({ cookie }) => cookie.name), ...came])].flatMap((name) => {
        const answers = of(name).map(({ decision }) => decision.answer);
        const yes = answers.filter((answer) => answer === 'yes').length;
        const unknown = answers.filter((answer) => answer === 'unknown').length;
        const sent = came.filter((other) => other === name).length;
        if (sent >= yes && sent <= yes + unknown) return [];
        const said = of(name).map(({ cookie, decision }) => `${cookie.domain}: ${decision.answer}, ${decision.rule}`);
        return [`${kind} ${path} ${name}: sent ${sent} times; ${said.join('; ')}`];
      }),
    };
  }
}

for (const name of BROWSERS)
  describeIn(name)(`what ${name} sends`, () => {
    let app: SendingApp;
    let started: Started;
    let stage: Stage;

    beforeAll(async () => {
      app = await startSendingApp();
      started = await START[name]();
      const page = await started.browser.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      stage = new Stage(app, page, name);
      for (const host of new Set(PAIRS.map(([, target]) => target.split(' ')[0]!))) await stage.set(host, COOKIES);
      await stage.set('127.0.0.1', named('framed', FOREIGN), { page: 'localhost', kind: 'frame' });
      await stage.set('127.0.0.1', named('fetched', FOREIGN), { page: 'localhost', kind: 'fetch-include' });
      // No server that speaks http can set a Secure cookie for a name of another machine: the browser's own tools can.
      for (const domain of NAMES) {
        await started.browser.setCookie({ name: 'tls', value: '1', domain, path: '/', secure: true, httpOnly: true });
        stage.jar.push({ name: 'tls', domain, path: '/', secure: true, httpOnly: true, expiresAt: null });
      }
    });
    afterAll(async () => {
      await started?.close();
      await app?.[Symbol.asyncDispose]();
    });

    test.each(PAIRS)('from a page of %s to %s', async (from, to) => {
      const wrong: string[] = [];
      for (const kind of REQUEST_KINDS)
        for (const path of kind === 'typed' ? PATHS : ['/'])
          wrong.push(...(await stage.foretellAndPerform(kind, from, to, path)).wrong);
      expect(wrong).toEqual([]);
    });

    test('the answers above are of every kind', async () => {
      const { decisions, came } = await stage.foretellAndPerform('frame', 'localhost a', '127.0.0.1 a');
      const answer = (cookie: string) => decisions(cookie).find(({ rule }) => rule !== 'host-only')?.rule;
      expect(answer('strict')).toBe('same-site-strict');
      expect(answer('none')).toBe(name === 'chromium' ? 'third-party-setting' : 'firefox-partitioning');
      expect(answer('framed-partitioned')).toBe('partitioned');
      expect(came).toContain('framed-partitioned');
      const typed = await stage.foretellAndPerform('typed', 'localhost a', 'shop.test a');
      expect(typed.decisions('tls').map(({ rule }) => rule)).toContain('secure-over-http');
      expect(typed.came).not.toContain('tls');
    });

    test('a cookie whose time is over', async () => {
      await stage.set('localhost', { short: '; Path=/; Max-Age=1' });
      await wait(2_000);
      const { came, decisions, wrong } = await stage.foretellAndPerform('typed', 'localhost a', 'localhost a');
      expect(decisions('short')).toEqual([expect.objectContaining({ answer: 'no', rule: 'expired' })]);
      expect(came).not.toContain('short');
      expect(wrong).toEqual([]);
    });
  });

const named = (prefix: string, cookies: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(cookies).map(([name, attributes]) => [`${prefix}-${name}`, attributes]));

describeIn('chromium')('a setting of Chromium', () => {
  test.each([
    [0, true],
    [1, false],
  ])(
    'third-party cookies (%i) decide on SameSite=None, and the answer is not known',
    async (cookieControls, isSent) => {
      await using app = await startSendingApp();
      const started = await startChromium({ cookieControls });
      try {
        const stage = new Stage(app, await started.browser.newPage(), 'chromium');
        await stage.set('127.0.0.1', { none: '; Path=/; SameSite=None; Secure' });
        const { came, decisions } = await stage.foretellAndPerform('fetch-include', 'localhost a', '127.0.0.1 a');
        expect(decisions('none')).toEqual([
          expect.objectContaining({ answer: 'unknown', rule: 'third-party-setting' }),
        ]);
        expect(came.includes('none')).toBe(isSent);
      } finally {
        await started.close();
      }
    },
  );
});

describeIn('firefox')('what Firefox grants by itself', () => {
  test('links between two sites turn the answer, as it says', async () => {
    await using app = await startSendingApp();
    const started = await startFirefox({ grants: true });
    try {
      const stage = new Stage(app, await started.browser.newPage(), 'firefox');
      await stage.set('127.0.0.1', { absent: '; Path=/' });
      const ask = () => stage.foretellAndPerform('fetch-include', 'localhost a', '127.0.0.1 a');
      const before = await ask();
      expect(before.came).toEqual([]);
      expect(before.decisions('absent')).toEqual([
        expect.objectContaining({ answer: 'no', unless: expect.stringContaining('after links') as string }),
      ]);
      await stage.foretellAndPerform('link', 'localhost a', '127.0.0.1 a');
      await stage.foretellAndPerform('link', '127.0.0.1 a', 'localhost a');
      await until(async () => (await ask()).came.includes('absent'), 'Firefox to send it after the links');
    } finally {
      await started.close();
    }
  });
});
