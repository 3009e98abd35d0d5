/** What the reader's system asks for: less motion, its own colours, a larger text. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { describeIn } from '../browsers/needs-browser.ts';
import { openPanelPage, type PanelPage } from './panel-page.ts';

describeIn('chromium')('preferences', () => {
  let panel: PanelPage;
  beforeAll(async () => {
    panel = await openPanelPage();
    await panel.size(1440);
  });
  afterAll(() => panel?.[Symbol.asyncDispose]());
  afterEach(() => panel.page.emulateMediaFeatures());

  test('no animation runs, which would have each frame drawn; less motion: nothing moves, and a running request still says so', async () => {
    await panel.open('running');
    /** The ring of the running request, and a row that has just come. */
    const shown = () =>
      panel.page.evaluate(() => {
        const row = document.querySelector<HTMLElement>('.row.running')!;
        row.dataset['beat'] = '2';
        const fresh = document.querySelector('.row.operation:not(.tail):not([aria-selected=true])')!;
        fresh.classList.add('new');
        return {
          animations: document.getAnimations().length,
          ring: getComputedStyle(row.querySelector('.time')!, '::before').opacity,
          isTinted: getComputedStyle(fresh).backgroundColor !== 'rgba(0, 0, 0, 0)',
        };
      });
    expect(await shown()).toEqual({ animations: 0, ring: '0.35', isTinted: true });
    await panel.page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
    expect(await shown()).toEqual({ animations: 0, ring: '1', isTinted: false });
    expect(await panel.text('.timeline')).toContain('running · no operation for');
    expect(await panel.text('.row.running .record')).toBe('not yet');
  });

  test('forced colours: selection, failures and bars are distinguished by lines, not by colour alone', async () => {
    const session = await panel.page.createCDPSession();
    await session.send('Emulation.setEmulatedMedia', { features: [{ name: 'forced-colors', value: 'active' }] });
    try {
      await panel.open('store-failure', { at: '3.3' });
      expect(await panel.page.evaluate(() => matchMedia('(forced-colors: active)').matches)).toBe(true);
      const row = await panel.page.$eval('.timeline [aria-selected=true]', (element) => {
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return { outlineStyle, outlineWidth, text: (element as HTMLElement).innerText };
      });
      expect(row).toMatchObject({ outlineStyle: 'solid', outlineWidth: '1px' });
      expect(row.text).toMatch(/failed: /);
      // Each glyph has strokes in the system's text colour.
      const strokes = await panel.page.$$eval('.timeline .glyph', (glyphs) =>
        glyphs.map((glyph) => getComputedStyle(glyph).stroke),
      );
      expect(strokes.length).toBeGreaterThan(0);
      expect(strokes.every((stroke) => stroke !== 'none' && stroke !== 'rgba(0, 0, 0, 0)')).toBe(true);
      const bars = await panel.page.$$eval('.timeline .exchange .bars i', (all) =>
        all.map((bar) => getComputedStyle(bar).backgroundColor),
      );
      expect(bars.every((color) => !color.endsWith(', 0)'))).toBe(true);
    } finally {
      await session.send('Emulation.setEmulatedMedia', { features: [] });
      await session.detach();
    }
  });

  test('a larger text: rows grow with it, and none overlaps another', async () => {
    const session = await panel.page.createCDPSession();
    await panel.open('timeline');
    const before = await rowHeight();
    await panel.page.evaluate(() => {
      document.documentElement.style.fontSize = '112.5%';
    });
    await panel.size(1441);
    await session.detach();
    expect(await rowHeight()).toBeCloseTo(before * 1.5, 0);
    const boxes = await panel.page.$$eval('.timeline .place', (places) =>
      places.map((place) => place.getBoundingClientRect()).map(({ top, bottom }) => ({ top, bottom })),
    );
    const sorted = boxes.toSorted((a, b) => a.top - b.top);
    for (let index = 1; index < sorted.length; index++)
      expect(sorted[index]!.top).toBeGreaterThanOrEqual(sorted[index - 1]!.bottom - 0.5);
  });

  const rowHeight = () => panel.page.$eval('.timeline .row.operation', (row) => row.getBoundingClientRect().height);
});
