/** The problems that the panel exists for, each made by the demo's page for it and read off the real panel. */
import { beforeEach, expect, test } from 'vitest';
import { useDemoPanel } from '../browsers/demo-panel.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { settle } from '../browsers/panel-rows.ts';
import { exchangeLabels, operationLines } from '../browsers/panel-view.ts';

describeIn('chromium')('the problems in Chromium', () => {
  const demo = useDemoPanel();
  const { open, pressInPage } = demo;
  beforeEach(async () => {
    await demo.panel.press('.live-button');
    await demo.panel.expandAll();
  });

  /** Presses the page's button that sends several requests at once, and waits for their answers. */
  const burst = async (answered: string) => {
    await demo.page.click('[data-burst]');
    await demo.page.waitForFunction(
      (words) => document.querySelector('output')?.textContent?.includes(words),
      {},
      answered,
    );
    return settle(demo.panel.frame);
  };

  test('1, a lost update: the later save wrote its older copy back, and nobody is blamed for it', async () => {
    await open('/problems/lost-update/');
    const rows = await burst('coupon →');
    const items = exchangeLabels(rows, 'POST /problems/lost-update/items');
    const coupon = exchangeLabels(rows, 'POST /problems/lost-update/coupon');
    expect(operationLines(rows, items.number).join('\n')).toMatch(/set cart .*lost-update\.ts:\d+/);
    // Two overlapping bars, each with its load and its save.
    expect(await marks(items.number)).toEqual(['load', 'save']);
    expect(await marks(coupon.number)).toEqual(['load', 'save']);
    await demo.panel.selectOperation(coupon.number, 'save');
    await demo.panel.press('#tab-diff');
    await demo.panel.frame.select('.diff select', 'previous');
    const diff = await demo.panel.text('.diff');
    expect(diff).toMatch(/−\s+\[1\] \{sku: "POT-03"[^\n]*\s+as loaded/);
    expect(diff).toMatch(/\+\s+coupon "AUTUMN10"\s+.*lost-update\.ts:\d+/);
    await demo.panel.frame.select('.diff select', 'exchange');
  });

  test('2, a cookie that is not set: the verdict gives the reason and the fix', async () => {
    await open('/problems/cookie-not-set/');
    const rows = await settle(demo.panel.frame);
    expect(exchangeLabels(rows, 'GET /problems/cookie-not-set/')).toMatchObject({ record: 'saved', cookie: 'not set' });
    await demo.panel.press('#tab-exchange');
    expect(await demo.panel.text('.verdict')).toMatch(/secure.*http/is);
    await demo.panel.press('#tab-cookie');
    const cookie = await demo.panel.text('.tab-body');
    expect(cookie).toMatch(/Fix\./);
    expect(cookie).toMatch(/Set-Cookie lost here/);
  });

  test('4, a redirect before the save: the next load stands before the save has ended', async () => {
    await open('/problems/redirect-before-save/');
    await pressInPage('Order, then redirect here');
    const rows = await settle(demo.panel.frame);
    const post = exchangeLabels(rows, 'POST /problems/redirect-before-save/');
    const get = exchangeLabels(rows, 'GET /problems/redirect-before-save/');
    expect(post.record).toBe('saved');
    expect(await demo.page.evaluate(() => document.body.innerText)).toContain('Orders: 0');
    // The page's own load found nothing yet of what the save, which ended later, has written.
    const lines = operationLines(rows, post.number);
    expect(lines.at(-1)).toMatch(/^save .* (?:4|5|6)\d\d ms/);
    expect(operationLines(rows, get.number).join('\n')).toMatch(/get orders miss/);
    const [saveEnd, loadAt] = await demo.panel.frame.evaluate(
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
    const rows = await settle(demo.panel.frame);
    const post = exchangeLabels(rows, 'POST /problems/nested-not-saved/');
    expect(operationLines(rows, post.number).join('\n')).toMatch(/set tags\[1\] inferred .*nested-not-saved\.ts:\d+/);
    await demo.panel.selectOperation(post.number, 'set');
    await demo.panel.press('#tab-state');
    expect(await demo.panel.text('.tree')).toMatch(/tags[\s\S]*≠/);
    await demo.panel.press('#tab-exchange');
    expect(await demo.panel.text('.verdict')).toMatch(/Nothing had changed by the time/);
  });

  test('6, a logout undone: the flush, and after it the save that brought the record back', async () => {
    await open('/problems/logout-undone/');
    await pressInPage('Log in');
    const rows = await burst('autosave →');
    const logout = exchangeLabels(rows, 'POST /problems/logout-undone/logout');
    const autosave = exchangeLabels(rows, 'POST /problems/logout-undone/autosave');
    expect(logout.record).toBe('deleted');
    expect(operationLines(rows, logout.number).join('\n')).toMatch(/destroy .*logout-undone\.ts:\d+/);
    expect(autosave.record).toBe('saved');
    expect(operationLines(rows, autosave.number).join('\n')).toMatch(/save .*logout-undone\.ts:\d+/);
    await open('/problems/logout-undone/');
    expect(await demo.page.evaluate(() => document.body.innerText)).toContain('Logged in as john_doe');
    const back = exchangeLabels(await settle(demo.panel.frame), 'GET /problems/logout-undone/');
    expect(back.session).toBe(autosave.session);
  });

  test('8, an expiry that confuses: three clocks, what set each, and which of them is assumed', async () => {
    await open('/problems/expiry/');
    await pressInPage('Work');
    // The browser's clock and the store's are more than their rounding apart.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await pressInPage('Work');
    await settle(demo.panel.frame);
    await demo.panel.press('#tab-cookie');
    const clocks = await demo.panel.waitFor('Expiry', '.tab-body');
    expect(clocks).toMatch(/Browser cookie[\s\S]*set by Set-Cookie in #\d+ POST/);
    expect(clocks).toMatch(/Store record[\s\S]*set by touch.* in #\d+ GET/);
    // The demo's own store: no rule of it is known, so its clock is assumed and nothing is concluded from it.
    expect(clocks).toMatch(/Store record\s+[\d.]+ s left, assumed/);
    expect(clocks).not.toMatch(/before the store drops the record/);
  });

  /** What stands on the bar of an exchange, in order. */
  const marks = (number: number) =>
    demo.panel.frame.evaluate((wanted) => {
      const row = [...document.querySelectorAll<HTMLElement>('.timeline .row.exchange')].find(
        (found) => found.querySelector<HTMLElement>('.number')?.innerText.replace(/\D/g, '') === String(wanted),
      );
      return [...(row?.querySelectorAll('.bars u') ?? [])]
        .map(({ className }) => className)
        .filter((name) => name === 'load' || name === 'save');
    }, number);
});
