/** Whatever a companion writes is text: no markup of its becomes an element, no script of its runs. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TABS } from '../../model/index.ts';
import { CANARY } from '../../playground/panel/made-up.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { openPanelPage, type PanelPage } from './panel-page.ts';

describeIn('chromium')('markup from a companion', () => {
  let panel: PanelPage;
  beforeAll(async () => {
    panel = await openPanelPage();
  });
  afterAll(() => panel?.[Symbol.asyncDispose]());

  const marks = () =>
    panel.page.evaluate(() => ({
      elements: document.querySelectorAll('.panel :is(img, script, iframe, object, embed, style, link, base)').length,
      handlers: [...document.querySelectorAll('.panel *')].filter((element) => element.hasAttribute('onerror')).length,
      links: [...document.querySelectorAll<HTMLAnchorElement>('.panel a')].filter(({ href }) =>
        /^javascript:/i.test(href),
      ).length,
      ran: 'canary' in globalThis,
    }));
  const CLEAN = { elements: 0, handlers: 0, links: 0, ran: false };

  test.each([...TABS])('is words in the tab %s', async (tab) => {
    await panel.size(1440);
    await panel.open('canaries', { tab });
    // It is there, as it was written: a test that finds nothing would pass too.
    expect(await panel.text('.tab-body')).toContain(CANARY);
    expect(await panel.text('.timeline')).toContain(CANARY);
    expect(await marks()).toEqual(CLEAN);
  });

  test('is words in menus, titles, the filter and the history of a key', async () => {
    await panel.size(1440);
    await panel.open('canaries');
    await panel.page.focus('.tree');
    await panel.page.keyboard.press('ArrowDown');
    expect(await panel.text('[aria-label="History of the selected key"]')).toContain('onerror');
    for (const pane of ['.tree', '.timeline']) {
      await panel.page.focus(pane);
      await panel.page.keyboard.down('Shift');
      await panel.page.keyboard.press('F10');
      await panel.page.keyboard.up('Shift');
      expect(await panel.text('.menu')).toMatch(pane === '.tree' ? /onerror/ : /Copy as JSON/);
      expect(await marks()).toEqual(CLEAN);
      await panel.page.keyboard.press('Escape');
    }
    await panel.page.type('.filter', CANARY);
    expect(await marks()).toEqual(CLEAN);
  });

  test('a page whose policy forbids what the extension`s forbids shows every state anyway', async () => {
    // No inline script, no eval, and Trusted Types for every sink that parses markup.
    const faults: string[] = [];
    const note = (fault: unknown) => faults.push(String(fault));
    panel.page.on('pageerror', note);
    await panel.page.evaluateOnNewDocument(() => {
      const meta = document.createElement('meta');
      meta.httpEquiv = 'Content-Security-Policy';
      meta.content = "script-src 'self'; object-src 'self'; require-trusted-types-for 'script'";
      const add = () => document.head?.prepend(meta) ?? setTimeout(add);
      add();
    });
    for (const state of ['canaries', 'timeline', 'values-diff']) await panel.open(state, { tab: 'diff' });
    const isInForce = await panel.page.evaluate(() => {
      try {
        document.createElement('div').innerHTML = '<b>';
        return false;
      } catch {
        return true;
      }
    });
    expect(isInForce).toBe(true);
    expect(faults).toEqual([]);
    expect(await marks()).toEqual(CLEAN);
  });
});
