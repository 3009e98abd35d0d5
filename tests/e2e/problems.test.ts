/** The problems that the panel exists for, each made by the demo's page for it and read off the real panel. */
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Chromium, launchChromium } from '../browsers/chromium.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { settle } from '../browsers/panel-rows.ts';
import { exchangeWords, operationLines, type PanelView, viewPanel } from '../browsers/panel-view.ts';
import { type DemoProcess, startDemo } from '../panel/demo-process.ts';

describeIn('chromium')('the problems in Chromium', () => {
  let demo: DemoProcess;
  let chromium: Chromium;
  let page: Page;
  let panel: PanelView;

  beforeAll(async () => {
    demo = await startDemo();
    chromium = await launchChromium();
    ({ page } = chromium);
    panel = viewPanel(await chromium.showPanel());
  });
  afterAll(async () => {
    await chromium?.close();
    await demo?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await page.goto(`${demo.origin}/`);
    await page.deleteCookie(...(await page.cookies()));
    await settle(panel.frame);
    await panel.press('[aria-label="Clear"]');
    await panel.press('.live-button');
  });

  const open = (path: string) => page.goto(demo.origin + path);
  const pressInPage = async (label: string) => {
    const button = await page.waitForSelector(`::-p-xpath(//button[normalize-space()="${label}"])`);
    await Promise.all([page.waitForNavigation(), button!.click()]);
  };
  /** Presses the page's button that sends several requests at once, and waits for their answers. */
  const burst = async (answered: string) => {
    await page.click('[data-burst]');
    await page.waitForFunction((words) => document.querySelector('output')?.textContent?.includes(words), {}, answered);
    return settle(panel.frame);
  };

  test('1, a lost update: the later save wrote its older copy back, and nobody is blamed for it', async () => {
    await open('/problems/lost-update/');
    const rows = await burst('coupon →');
    const items = exchangeWords(rows, 'POST /problems/lost-update/items');
    const coupon = exchangeWords(rows, 'POST /problems/lost-update/coupon');
    expect(operationLines(rows, items.number).join('\n')).toMatch(/set cart\.items\[1\] .*lost-update\.ts:\d+/);
    // Two overlapping bars, each with its load and its save.
    expect(await marks(items.number)).toEqual(['load', 'save']);
    expect(await marks(coupon.number)).toEqual(['load', 'save']);
    await panel.selectOperation(coupon.number, 'save');
    await panel.press('#tab-diff');
    await panel.frame.select('.diff select', 'previous');
    const diff = await panel.text('.diff');
    expect(diff).toMatch(/−\s+\[1\] \{sku: "POT-03"[^\n]*\s+as loaded/);
    expect(diff).toMatch(/\+\s+coupon "AUTUMN10"\s+.*lost-update\.ts:\d+/);
    await panel.frame.select('.diff select', 'exchange');
  });

  test('2, a cookie that is not set: the verdict gives the reason and the mend', async () => {
    await open('/problems/cookie-not-set/');
    const rows = await settle(panel.frame);
    expect(exchangeWords(rows, 'GET /problems/cookie-not-set/')).toMatchObject({ record: 'saved', cookie: 'not set' });
    await panel.press('#tab-exchange');
    expect(await panel.text('[aria-label="Verdict"]')).toMatch(/secure.*http/is);
    await panel.press('#tab-cookie');
    const cookie = await panel.text('.tab-body');
    expect(cookie).toMatch(/Mend\./);
    expect(cookie).toMatch(/Set-Cookie stopped here/);
  });

  test('4, a redirect before the save: the next load stands before the save has ended', async () => {
    await open('/problems/redirect-before-save/');
    await pressInPage('Order, then redirect here');
    const rows = await settle(panel.frame);
    const post = exchangeWords(rows, 'POST /problems/redirect-before-save/');
    const get = exchangeWords(rows, 'GET /problems/redirect-before-save/');
    expect(post.record).toBe('saved');
    expect(await page.evaluate(() => document.body.innerText)).toContain('Orders: 0');
    // The page's own load found nothing yet of what the save, which ended later, has written.
    const lines = operationLines(rows, post.number);
    expect(lines.at(-1)).toMatch(/^save .* (?:4|5|6)\d\d ms/);
    expect(operationLines(rows, get.number).join('\n')).toMatch(/get visits miss/);
    const [saveEnd, loadAt] = await panel.frame.evaluate(
      (saved, loaded) => {
        const place = (number: number, kind: string) => {
          const row = [...document.querySelectorAll<HTMLElement>('.timeline .row.exchange')].find(
            (found) => found.querySelector<HTMLElement>('.number')?.innerText.replace(/\D/g, '') === String(number),
          );
          return Number.parseFloat(row?.querySelector<HTMLElement>(`.bars ${kind}`)?.style.left ?? 'NaN');
        };
        return [place(saved, '.save'), place(loaded, 'i')];
      },
      post.number,
      get.number,
    );
    expect(loadAt).toBeLessThan(saveEnd!);
  });

  test('5, a nested change that is not saved: memory and store differ, with the line of who read it', async () => {
    await open('/problems/nested-not-saved/');
    await pressInPage('Push a tag after the response');
    const rows = await settle(panel.frame);
    const post = exchangeWords(rows, 'POST /problems/nested-not-saved/');
    expect(operationLines(rows, post.number).join('\n')).toMatch(/set tags\[1\] inferred .*nested-not-saved\.ts:\d+/);
    await panel.selectOperation(post.number, 'set');
    await panel.press('#tab-state');
    expect(await panel.text('.tree')).toMatch(/tags[\s\S]*≠/);
    await panel.press('#tab-exchange');
    expect(await panel.text('[aria-label="Verdict"]')).toMatch(/Nothing changed/);
  });

  test('6, a logout undone: the flush, and after it the save that brought the record back', async () => {
    await open('/problems/logout-undone/');
    await pressInPage('Log in');
    const rows = await burst('autosave →');
    const logout = exchangeWords(rows, 'POST /problems/logout-undone/logout');
    const autosave = exchangeWords(rows, 'POST /problems/logout-undone/autosave');
    expect(logout.record).toBe('deleted');
    expect(operationLines(rows, logout.number).join('\n')).toMatch(/flush .*logout-undone\.ts:\d+/);
    expect(autosave.record).toBe('saved');
    expect(operationLines(rows, autosave.number).join('\n')).toMatch(/save .*logout-undone\.ts:\d+/);
    await open('/problems/logout-undone/');
    expect(await page.evaluate(() => document.body.innerText)).toContain('Logged in as john_doe');
    const back = exchangeWords(await settle(panel.frame), 'GET /problems/logout-undone/');
    expect(back.session).toBe(autosave.session);
  });

  test('8, an expiry that confuses: three clocks, what set each, and where they part', async () => {
    await open('/problems/expiry/');
    await pressInPage('Work');
    // The browser's clock and the store's are more than their rounding apart.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await pressInPage('Work');
    await settle(panel.frame);
    await panel.press('#tab-cookie');
    const clocks = await panel.waitFor('Three clocks', '.tab-body');
    expect(clocks).toMatch(/Browser cookie[\s\S]*set by Set-Cookie in #\d+ POST/);
    expect(clocks).toMatch(/Store record[\s\S]*set by touch.* in #\d+ GET/);
    expect(clocks).toMatch(/The browser drops the cookie [\d.]+ s before the store drops the record/);
  });

  /** What stands on the bar of an exchange, in order. */
  const marks = (number: number) =>
    panel.frame.evaluate((wanted) => {
      const row = [...document.querySelectorAll<HTMLElement>('.timeline .row.exchange')].find(
        (found) => found.querySelector<HTMLElement>('.number')?.innerText.replace(/\D/g, '') === String(wanted),
      );
      return [...(row?.querySelectorAll('.bars u') ?? [])]
        .map(({ className }) => className)
        .filter((name) => name === 'load' || name === 'save');
    }, number);
});
