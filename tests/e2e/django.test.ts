/** Real Django, real Chromium, real DevTools: what a Django developer sees. */
import type { Frame, Page } from 'puppeteer-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Chromium, launchChromium } from '../browsers/chromium.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { type PanelRow, readRows, settle } from '../browsers/panel-rows.ts';
import { expandAll } from '../browsers/panel-view.ts';
import { until } from '../browsers/until.ts';
import { type DjangoDemo, lacksDjango, startDjangoDemo } from '../django/django-demo.ts';
import { answers, serviceTest } from '../django/services.ts';

const POSTGRES = 'postgresql://postgres@127.0.0.1:5432/test';
const REDIS = 'redis://127.0.0.1:6379/0';
const hasPostgres = await answers(5432);
const hasRedis = await answers(6379);

describeIn('chromium')('the Sessions panel on Django', () => {
  let chromium: Chromium;
  let page: Page;
  let panel: Frame;
  let demo: DjangoDemo;

  beforeAll(async () => {
    if (lacksDjango) return;
    chromium = await launchChromium();
    ({ page } = chromium);
    panel = await chromium.showPanel();
  });
  afterAll(() => chromium?.close());

  const open = (path: string) => page.goto(demo.origin + path);
  const text = (selector = 'body') =>
    panel.evaluate((found) => document.querySelector<HTMLElement>(found)?.innerText ?? '', selector);
  const press = (selector: string) =>
    panel.evaluate((found) => document.querySelector<HTMLElement>(found)?.click(), selector);
  const pressInPage = async (label: string) => {
    const button = await page.waitForSelector(`::-p-xpath(//button[normalize-space()="${label}"])`);
    await Promise.all([page.waitForNavigation(), button!.click()]);
  };
  const exchange = (rows: PanelRow[], request: string) => {
    const row = rows.findLast(({ kind, cells }) => kind === 'exchange' && cells[0] === request);
    if (row === undefined) throw new Error(`no ${request} in ${JSON.stringify(rows)}`);
    const [, changes, , status, session, record, cookie] = row.cells;
    return { number: row.number, changes, status, session, record, cookie };
  };
  const operations = (rows: PanelRow[], number: number) =>
    rows
      .filter((row) => row.kind === 'operation' && row.number === number)
      .map(({ cells: [, operation, path, mark, value, source] }) =>
        [operation, path, mark, value, source?.replace(/^.*\//, '')].filter(Boolean).join(' '),
      );
  const restart = async () => {
    await page.goto(`${demo.origin}/`);
    await page.deleteCookie(...(await page.cookies()));
    await settle(panel);
    await press('[aria-label="Clear"]');
    await press('.live-button');
    await expandAll(panel);
  };

  /** What holds wherever the sessions are kept. */
  async function setAndGet(): Promise<void> {
    await open('/set_session/');
    const written = await settle(panel);
    const set = exchange(written, 'GET /set_session/');
    expect(set).toMatchObject({ status: '200', record: 'saved', cookie: 'set' });
    expect(set.changes).toContain('+username +is_logged_in');
    expect(operations(written, set.number)).toEqual([
      'create a new, empty session framework',
      expect.stringMatching(/^set username absent → "john_doe" views\.py:\d+$/),
      expect.stringMatching(/^set is_logged_in absent → true views\.py:\d+$/),
      expect.stringMatching(/^save 2 keys · .*/),
    ]);
    await open('/get_session/');
    const rows = await settle(panel);
    const read = exchange(rows, 'GET /get_session/');
    expect(read).toMatchObject({ status: '200', record: 'unchanged', cookie: '' });
    expect(operations(rows, read.number)).toEqual([
      expect.stringMatching(/^load 2 keys · .* framework$/),
      expect.stringMatching(/^get username "john_doe" views\.py:\d+$/),
      expect.stringMatching(/^get is_logged_in true views\.py:\d+$/),
    ]);
  }

  describe.skipIf(lacksDjango)('on SQLite', () => {
    beforeAll(async () => {
      demo = await startDjangoDemo();
    });
    afterAll(() => demo?.[Symbol.asyncDispose]());
    beforeEach(restart);

    test('two keys set and read, with their lines', setAndGet);

    test('what was set before the session had a key is blamed in its state', async () => {
      await open('/set_session/');
      await settle(panel);
      await press('#tab-state');
      expect(await text('.tree')).toMatch(/username\s+"john_doe"\s+#\d+\s+.*views\.py:\d+/);
    });

    test('login rotates the key, logout flushes', async () => {
      await open('/cart/');
      await pressInPage('Add Tea');
      await open('/login/');
      await pressInPage('Log in');
      const loggedIn = await settle(panel);
      const login = exchange(loggedIn, 'POST /login/');
      expect(login.session).toMatch(/^[0-9a-f]{4} → [0-9a-f]{4}$/);
      expect(operations(loggedIn, login.number).join('\n')).toMatch(
        /cycle_key [0-9a-f]{4} → [0-9a-f]{4} · 1 key kept .*views\.py:\d+/,
      );
      await pressInPage('Log out');
      const loggedOut = await settle(panel);
      const logout = exchange(loggedOut, 'POST /logout/');
      expect(logout).toMatchObject({ record: 'deleted', cookie: 'expired' });
      expect(operations(loggedOut, logout.number).join('\n')).toMatch(/flush .*views\.py:\d+/);
    });

    test('a nested change is inferred; without modified it is not saved, and the verdict says so', async () => {
      await open('/problems/nested-not-saved/');
      await pressInPage('Append a tag');
      const rows = await settle(panel);
      const append = exchange(rows, 'POST /problems/nested-not-saved/');
      expect(append.record).toBe('not saved');
      expect(operations(rows, append.number).join('\n')).toMatch(
        /set tags\[1\] inferred absent → "unseen 1" nested_not_saved\.py:\d+/,
      );
      await select(append.number);
      await press('#tab-exchange');
      expect(await text('.verdict')).toMatch(/session\.modified was not set.*request\.session\.modified = True/s);
    });

    test('a lost update: the later save wrote its older copy back', async () => {
      await open('/problems/lost-update/');
      await page.click('[data-burst]');
      await page.waitForFunction(() => document.querySelector('output')?.textContent?.includes('coupon →'));
      const rows = await settle(panel);
      const item = exchange(rows, 'POST /problems/lost-update/items');
      const coupon = exchange(rows, 'POST /problems/lost-update/coupon');
      expect(operations(rows, item.number).join('\n')).toMatch(/save 1 key/);
      expect(operations(rows, coupon.number).join('\n')).toMatch(/set coupon absent → "AUTUMN10" lost_update\.py:\d+/);
      await select(coupon.number, 'save');
      await press('#tab-diff');
      await panel.select('.diff select', 'previous');
      const diff = await until(
        async () => (await text('.diff')).includes('POT-03') && text('.diff'),
        'the diff with the previous request',
      );
      expect(diff).toMatch(/−\s+\[1\] \{sku: "POT-03"[^\n]*\s+as loaded/);
      expect(diff).toMatch(/\+\s+coupon "AUTUMN10"\s+.*lost_update\.py:\d+/);
      await panel.select('.diff select', 'exchange');
    });

    test('a save after a logout is refused by Django, and reported', async () => {
      await open('/problems/session-interrupted/');
      await pressInPage('Log in');
      await page.click('[data-burst]');
      await page.waitForFunction(() => document.querySelector('output')?.textContent?.includes('logout →'));
      const rows = await settle(panel);
      const autosave = exchange(rows, 'POST /problems/session-interrupted/autosave');
      expect(autosave).toMatchObject({ status: '400', record: 'failed' });
      await select(autosave.number);
      await press('#tab-exchange');
      expect(await text('.verdict')).toContain('SessionInterrupted');
    });

    test('an operation shows while its request is still running', async () => {
      await open('/set_session/');
      await open('/slow/');
      const button = await page.waitForSelector('button');
      const done = page.waitForNavigation();
      await button!.click();
      const running = await until(async () => {
        const rows = await readRows(panel);
        const row = rows.find(({ kind, cells }) => kind === 'exchange' && cells[0] === 'POST /slow/');
        const own = row && operations(rows, row.number);
        return own?.some((line) => line.startsWith('set order')) ? { row, own } : undefined;
      }, 'the set of a running request');
      expect(running.row?.cells.slice(5, 7)).toEqual(['not yet', 'not yet']);
      expect(running.own.some((line) => line.startsWith('set step'))).toBe(false);
      await done;
      expect(exchange(await settle(panel), 'POST /slow/')).toMatchObject({ status: '303', record: 'saved' });
    });

    test('a server that is killed and started again: what was recorded stays, events come again', async () => {
      await open('/set_session/');
      await settle(panel);
      await demo.kill();
      await until(async () => (await text()).includes('Connection lost'), 'the lost connection');
      expect(await text('.timeline')).toContain('/set_session/');
      await demo.start();
      await until(async () => (await text('.link')).includes('Live'), 'the connection to the new process');
      await open('/get_session/');
      const rows = await settle(panel);
      expect(await text('.timeline')).toContain('Server restarted.');
      const read = exchange(rows, 'GET /get_session/');
      expect(operations(rows, read.number).join('\n')).toMatch(/get username "john_doe" views\.py:\d+/);
    });

    test('no session key anywhere in the panel', async () => {
      await open('/set_session/');
      await settle(panel);
      const key = (await page.cookies()).find(({ name }) => name === 'sessionid')!.value;
      expect(key).toMatch(/^[a-z0-9]{32}$/);
      for (const tab of ['state', 'diff', 'cookie', 'exchange']) {
        await press(`#tab-${tab}`);
        expect(await panel.evaluate(() => document.documentElement.outerHTML)).not.toContain(key);
      }
    });
  });

  describe.skipIf(lacksDjango)('on PostgreSQL', () => {
    serviceTest(hasPostgres)('two keys set and read, with their lines', async () => {
      // A schema of its own keeps its table apart from what else lives in the database.
      const schema = `sessionscope_e2e_${process.pid}`;
      demo = await startDjangoDemo({
        DEMO_DATABASE: POSTGRES,
        DEMO_SCHEMA: schema,
      });
      try {
        await restart();
        await setAndGet();
      } finally {
        await demo[Symbol.asyncDispose]();
        await dropSchema(schema);
      }
    });
  });

  describe.skipIf(lacksDjango)('on the Redis cache engine', () => {
    serviceTest(hasRedis)('two keys set and read, with their lines', async () => {
      const prefix = `sessionscope-e2e-${process.pid}`;
      demo = await startDjangoDemo({ DEMO_SESSION_ENGINE: 'cache', DEMO_REDIS: REDIS, DEMO_KEY_PREFIX: prefix });
      try {
        await restart();
        await setAndGet();
      } finally {
        await demo[Symbol.asyncDispose]();
        await dropKeys(prefix);
      }
    });
  });

  const select = (number: number, operation?: string) =>
    panel.evaluate(
      (wanted, name) => {
        let current = 0;
        const places = [...document.querySelectorAll('.timeline .place')].sort(
          (a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top,
        );
        for (const place of places) {
          const row = place.querySelector<HTMLElement>('.row');
          if (row?.classList.contains('exchange')) {
            current = Number(row.querySelector<HTMLElement>('.number')!.innerText.replace(/\D/g, ''));
            if (current === wanted && name === undefined) row.click();
          } else if (current === wanted && name && row?.querySelector<HTMLElement>('.op')?.innerText.startsWith(name))
            row.click();
        }
      },
      number,
      operation,
    );
});

async function dropSchema(schema: string): Promise<void> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: POSTGRES });
  await client.connect();
  await client.query(`drop schema if exists "${schema}" cascade`);
  await client.end();
}

async function dropKeys(prefix: string): Promise<void> {
  const { createClient } = await import('redis');
  const client = createClient({ url: REDIS });
  await client.connect();
  for await (const keys of client.scanIterator({ MATCH: `${prefix}*` })) if (keys.length > 0) await client.del(keys);
  client.destroy();
}
