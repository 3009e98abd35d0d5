/** The tab *Lineage* by keyboard, and where its rows and numbers lead. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { describeIn } from '../browsers/needs-browser.ts';
import { openPanelPage, type PanelPage } from './panel-page.ts';

describeIn('chromium')('the lineage', () => {
  let panel: PanelPage;
  beforeAll(async () => {
    panel = await openPanelPage();
  });
  afterAll(() => panel?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    await panel.size(1440);
    await panel.open('lineage');
  });

  const press = async (...keys: string[]) => {
    for (const key of keys) await panel.page.keyboard.press(key as 'Tab');
    await panel.page.evaluate(
      () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
    );
  };
  const focused = () => panel.page.evaluate(() => document.activeElement!.textContent!.trim());
  const moment = () => panel.text('.moment .where').then((text) => text.replaceAll(/\s+/g, ' '));
  const rows = () =>
    panel.page.$$eval('.lineage-row', (all) =>
      all.map((row) => (row as HTMLElement).innerText.replaceAll(/\s+/g, ' ').trim()),
    );

  test('key 6 opens it: from the first request over the login to the logout', async () => {
    await panel.page.focus('.timeline');
    await press('1', '6');
    expect(await panel.text('[role=tab][aria-selected=true]')).toBe('Lineage');
    expect(await rows()).toEqual([
      expect.stringMatching(/^[0-9a-f]{4} made by #2 GET \/set_session\//),
      expect.stringMatching(/^username "john_doe", is_logged_in true since #2/),
      expect.stringMatching(/^brought by #3 #4/),
      expect.stringMatching(
        /^[0-9a-f]{4} replaced the key [0-9a-f]{4} in #4 POST \/login\/ \(regenerate\).*account-pages\.ts:\d+/,
      ),
      expect.stringMatching(/^username "john_doe", is_logged_in true since #4/),
      expect.stringMatching(/^brought by #5 #6 .*#16 cookie set again by #6/),
      expect.stringMatching(/^ended by #16 POST \/logout\/ \(destroy\).*account-pages\.ts:\d+/),
    ]);
  });

  test('one tab stop; arrows go over rows and numbers, Enter goes to the event, and the list stays', async () => {
    await panel.page.focus('#tab-body');
    await press('Tab');
    expect(await focused()).toContain('made by #2');
    const stops = await panel.page.$$eval(
      '.lineage-rows button',
      (all) => all.filter(({ tabIndex }) => tabIndex === 0).length,
    );
    expect(stops).toBe(1);
    await press('ArrowDown', 'ArrowDown');
    expect(await focused()).toBe('#3');
    await press('ArrowRight');
    expect(await focused()).toBe('#4');
    await press('Enter');
    expect(await moment()).toMatch(/^#4 POST \/login\//);
    expect(await focused()).toBe('#4');
    await press('ArrowDown', 'Enter');
    expect(await moment()).toMatch(/^#4 POST \/login\/ .*regenerate$/);
    // At the first row nothing moves, in the timeline neither.
    await press('ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowUp');
    expect(await focused()).toContain('made by #2');
    expect(await moment()).toMatch(/^#4 /);
  });

  test('a request without a session says why there is none', async () => {
    await panel.open('lineage-none');
    expect(await panel.text('.tab-body')).toMatch(/brought no connect\.sid, and was given none/);
  });
});
