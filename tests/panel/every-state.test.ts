/** Every state of the panel, at every width and in both themes: nothing scrolls sideways, axe finds nothing, text can be read. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { STATES } from '../../playground/panel/states.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { lowContrast } from './contrast.ts';
import { openPanelPage, type PanelPage } from './panel-page.ts';

declare const axe: { run: (context: Element, options: object) => Promise<AxeResults> };

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDTHS = [272, 600, 1000, 1440];
const THEMES = ['light', 'dark'];

/** The panel's own promise, above WCAG AA's 4.5. */
const MIN_CONTRAST = 5;

describeIn('chromium')('every state', () => {
  let panel: PanelPage;
  beforeAll(async () => {
    panel = await openPanelPage();
  });
  afterAll(() => panel?.[Symbol.asyncDispose]());

  const theme = (name: string) =>
    panel.page.evaluate((value) => {
      document.documentElement.dataset['theme'] = value;
    }, name);

  /** Elements that are wider than their place and would scroll, or push the page; the tabs may. */
  const sideways = () =>
    panel.page.evaluate(() =>
      [document.documentElement, ...document.querySelectorAll('.panel, .panel *')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1 && !element.matches('.tabs'))
        .filter(
          (element) =>
            ['auto', 'scroll'].includes(getComputedStyle(element).overflowX) || element.parentElement === null,
        )
        .map((element) => `${element.tagName} ${element.className}: ${element.scrollWidth} in ${element.clientWidth}`),
    );

  /** Boxes that reach beyond the window, where nothing cuts them off. */
  const outside = () =>
    panel.page.evaluate(() =>
      [...document.querySelectorAll('.panel button, .panel input, .panel select')]
        .filter((element) => element.getClientRects().length > 0 && !element.closest('.tabs, .timeline, .grid, .diff'))
        .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 1)
        .map((element) => `${element.className} ${element.textContent}`),
    );

  /** Boxes that are not to scroll, and that a jump to something inside them would push up anyway. */
  const slipping = () =>
    panel.page.evaluate(() =>
      [...document.querySelectorAll('.panel, .panes, .list, .detail')]
        .filter((element) => element.scrollHeight > element.clientHeight && element.clientHeight > 0)
        .map((element) => `${element.className}: ${element.scrollHeight} in ${element.clientHeight}`),
    );

  /** `withContrast`: by axe too, which takes most of its time; `lowContrast` asks for more, everywhere. */
  const audit = (withContrast: boolean) =>
    panel.page.evaluate(async (enabled) => {
      const { violations } = await axe.run(document.documentElement, {
        resultTypes: ['violations'],
        rules: { 'color-contrast': { enabled } },
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      });
      return violations.map(
        ({ id, nodes }) =>
          `${id}: ${nodes
            .map(({ html }) => html.slice(0, 160))
            .slice(0, 3)
            .join(' | ')}`,
      );
    }, withContrast);

  async function check(state: string, where: string): Promise<string[]> {
    const faults: string[] = [];
    const note = (kind: string, found: readonly string[]) =>
      faults.push(...found.map((fault) => `${state} ${where}: ${kind}: ${fault}`));
    note('scrolls sideways', await sideways());
    note('lies outside', await outside());
    note('can be pushed up', await slipping());
    return faults;
  }

  /**
   * At which width and in which themes a view is measured: contrast in both, where it has most to show; axe, which takes
   * most of the time, once. What differs by theme is contrast alone, and what differs by width is checked at each.
   */
  const MEASURED: Record<string, { width: number; axe: string }> = {
    list: { width: 1440, axe: 'light' },
    detail: { width: 272, axe: 'dark' },
  };

  test.each(Object.keys(STATES))('%s', async (state) => {
    const faults: string[] = [];
    // Where nothing was recorded there is one pane alone.
    for (const view of STATES[state]!.recording === undefined ? ['list'] : ['list', 'detail']) {
      await panel.size(272);
      await panel.open(state, { view });
      await panel.page.evaluate(AXE);
      for (const width of view === 'list' ? WIDTHS : [272]) {
        await panel.size(width);
        faults.push(...(await check(state, `${width} ${view}`)));
        const measured = MEASURED[view]!;
        if (width !== measured.width) continue;
        for (const name of THEMES) {
          await theme(name);
          const where = `${state} ${width} ${view} ${name}`;
          faults.push(...(await lowContrast(panel.page, MIN_CONTRAST)).map((fault) => `${where}: ${fault}`));
          if (name === measured.axe) faults.push(...(await audit(width === 1440)).map((fault) => `${where}: ${fault}`));
        }
      }
    }
    expect(faults).toEqual([]);
  });
});
