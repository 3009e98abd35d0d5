/** What each width shows, what is cut first, and what never is. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeIn } from '../browsers/needs-browser.ts';
import { openPanelPage, type PanelPage } from './panel-page.ts';

describeIn('chromium')('widths', () => {
  let panel: PanelPage;
  beforeAll(async () => {
    panel = await openPanelPage();
  });
  afterAll(() => panel?.[Symbol.asyncDispose]());

  test.each([272, 600, 1000, 1440])('at %d px the line number of every source can be read', async (width) => {
    await panel.size(width);
    await panel.open('lost-update');
    const sources = await panel.page.$$eval('.timeline .source', (all) =>
      all.map((source) => {
        const text = source.firstElementChild!.getBoundingClientRect();
        const box = source.getBoundingClientRect();
        return { end: box.right - text.right, isCut: text.width > box.width, text: source.textContent, box: box.width };
      }),
    );
    expect(sources.length).toBeGreaterThan(5);
    for (const { end, text, box } of sources) {
      expect(text).toMatch(/\.ts:\d+$/);
      expect(end).toBeGreaterThan(-1);
      expect(box).toBeGreaterThan(40);
    }
    // Where there is no room it is the front that goes.
    if (width === 272) expect(sources.some(({ isCut }) => isCut)).toBe(true);
  });

  test.each([600, 1000, 1440])('at %d px the keys that changed are cut before the path is', async (width) => {
    await panel.size(width);
    await panel.open('lost-update');
    const rows = await panel.page.$$eval('.timeline .exchange', (all) =>
      all.map((row) => ({
        isPathCut: row.querySelector('.request .cut')!.scrollWidth > row.querySelector('.request .cut')!.clientWidth,
        changes: row.querySelector('.changes')?.clientWidth ?? 0,
      })),
    );
    for (const { isPathCut, changes } of rows) if (isPathCut) expect(changes).toBe(0);
  });

  test.each([
    [1440, ['status', 'session', 'record', 'cookie', 'time', 'bars']],
    [1000, ['status', 'record', 'cookie', 'time', 'bars']],
    [600, ['status', 'record', 'cookie', 'time', 'bars']],
    [500, ['status', 'record', 'cookie', 'time', 'bars']],
  ])('at %d px the timeline has these columns', async (width, columns) => {
    await panel.size(width);
    await panel.open('timeline');
    const shown = await panel.page.$$eval('.row.head > span', (all) =>
      all.filter((cell) => cell.getClientRects().length > 0).map(({ className }) => className),
    );
    expect(shown).toEqual(['number', 'name', ...columns]);
  });

  test('at 272 px an exchange takes two lines, its bars have one left edge', async () => {
    await panel.size(272);
    await panel.open('lost-update');
    const rows = await panel.page.$$eval('.timeline .exchange', (all) =>
      all.map((row) => {
        const box = (selector: string) => row.querySelector(selector)!.getBoundingClientRect();
        return {
          height: row.clientHeight,
          edge: Math.round(box('.bars').left),
          below: box('.bars').top - box('.name').top,
        };
      }),
    );
    expect(rows.length).toBe(5);
    expect(new Set(rows.map(({ edge }) => edge)).size).toBe(1);
    for (const { height, below } of rows) {
      expect(height).toBeLessThan(40);
      expect(below).toBeGreaterThan(10);
    }
  });

  test('at 272 px what the store holds and who wrote it can be had too', async () => {
    await panel.size(272);
    await panel.open('nested-not-saved', { tab: 'state', view: 'detail' });
    expect(await panel.text('.tree')).toContain('≠ absent');
    await panel.page.click('.tree tbody tr');
    expect(await panel.text('[aria-label="History of the selected key"]')).toMatch(/nested-not-saved\.ts:\d+/);
  });

  test('at 272 px the diff has one column: before above after', async () => {
    await panel.size(272);
    await panel.open('inferred', { view: 'detail' });
    const sides = await panel.page.$$eval('.diff tr.changed td:is(.removed, .added):not(.sign)', (cells) =>
      cells.map(
        (cell) => ({ ...cell.getBoundingClientRect().toJSON(), text: cell.textContent }) as DOMRect & { text: string },
      ),
    );
    expect(sides).toHaveLength(2);
    const [before, after] = sides;
    expect(before!.text).toMatch(/qty: 1/);
    expect(after!.text).toMatch(/qty: 2/);
    expect(after!.top).toBeGreaterThanOrEqual(before!.bottom - 1);
    expect(after!.left).toBe(before!.left);
  });

  test.each([1440, 600, 272])(
    'at %d px the method of each request is read whole, and nothing lies over another thing or beyond its row',
    async (width) => {
      await panel.size(width);
      for (const state of ['nested-not-saved', 'cookie-not-set']) {
        await panel.open(state);
        const wrong = await panel.page.$$eval('.timeline .exchange .request .cut', (heads) =>
          heads.flatMap((head) => {
            const text = head.firstChild as Text;
            const range = document.createRange();
            range.setStart(text, 0);
            range.setEnd(text, text.data.indexOf(' '));
            const box = (element: Element) => element.getBoundingClientRect();
            const isCut = range.getBoundingClientRect().right > box(head).right;
            const badge = head.closest('.name')!.querySelector('.finding-badge');
            const isUnder = badge !== null && box(head.parentElement!.lastElementChild!).right > box(badge).left + 1;
            const isBeyond = badge !== null && box(badge).right > box(head.closest('.name')!).right;
            return isCut || isUnder || isBeyond ? [text.data] : [];
          }),
        );
        expect(wrong).toEqual([]);
      }
    },
  );

  test('the panes: side by side, stacked, one', async () => {
    const panes = async (width: number, height: number) => {
      await panel.size(width, height);
      return panel.page.$$eval('.panes > section', (all) =>
        all
          .filter((pane) => pane.getClientRects().length > 0)
          .map((pane) => pane.getBoundingClientRect().toJSON() as DOMRect),
      );
    };
    await panel.open('timeline');
    const [list, detail] = await panes(1440, 900);
    expect(list!.width / (list!.width + detail!.width)).toBeCloseTo(0.56, 2);
    const [above, below] = await panes(600, 800);
    expect(below!.top).toBeCloseTo(above!.bottom, 0);
    expect(await panes(272, 700)).toHaveLength(1);
    // Low and narrow.
    expect(await panes(700, 400)).toHaveLength(1);
  });
});
