/** A long recording: only what is in sight is in the document, and it is always the right thing. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeIn } from '../browsers/needs-browser.ts';
import { openPanelPage, type PanelPage } from './panel-page.ts';

const OPERATIONS = 3_000;

interface Slice {
  indices: number[];
  /** Each row's box, from the top of all rows, px. */
  boxes: { top: number; bottom: number }[];
  /** The part of all rows that is in sight, px. */
  from: number;
  to: number;
  height: number;
}

describeIn('chromium')('a long timeline', () => {
  let panel: PanelPage;
  beforeAll(async () => {
    panel = await openPanelPage();
    await panel.size(1440);
    await panel.open('timeline', { count: String(OPERATIONS), at: '9' });
  });
  afterAll(() => panel?.[Symbol.asyncDispose]());

  const slice = (): Promise<Slice> =>
    panel.page.evaluate(() => {
      const list = document.querySelector('.timeline')!;
      const rows = document.querySelector('.rows')!;
      const head = document.querySelector('.row.head')!.getBoundingClientRect();
      const { top } = rows.getBoundingClientRect();
      const places = [...document.querySelectorAll<HTMLElement>('.timeline .place')].sort(
        (a, b) => Number(a.dataset['index']) - Number(b.dataset['index']),
      );
      return {
        indices: places.map(({ dataset }) => Number(dataset['index'])),
        boxes: places.map((place) => {
          const box = place.getBoundingClientRect();
          return { top: box.top - top, bottom: box.bottom - top };
        }),
        from: head.bottom - top,
        to: list.getBoundingClientRect().bottom - top,
        height: rows.getBoundingClientRect().height,
      };
    });
  const scrollTo = async (top: number) => {
    await panel.page.$eval('.timeline', (list, to) => list.scrollTo(0, to), top);
    await panel.page.evaluate(
      () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
    );
  };

  test('at any place the rows in sight are there, in order, without a hole and without an overlap', async () => {
    const { height } = await slice();
    expect(height).toBeGreaterThan(OPERATIONS * 18);
    const seen = new Set<number>();
    // A step that no row height divides, and both ends.
    for (const top of [0, 1, 977, 5_003, height / 3, height / 2 + 7, height - 2_000, height]) {
      await scrollTo(top);
      const { indices, boxes, from, to } = await slice();
      expect(indices.length).toBeLessThan(100);
      indices.forEach((index, at) => {
        seen.add(index);
        if (at === 0) return;
        expect(index).toBe(indices[at - 1]! + 1);
        expect(boxes[at]!.top).toBeCloseTo(boxes[at - 1]!.bottom, 0);
      });
      expect(boxes[0]!.top).toBeLessThanOrEqual(Math.max(from, 0));
      expect(boxes.at(-1)!.bottom).toBeGreaterThanOrEqual(Math.min(to, height) - 1);
    }
    expect(seen.has(0)).toBe(true);
  });

  test('far away, what is in sight is painted first: those beyond the edges follow', async () => {
    await scrollTo(0);
    const { first, later } = await panel.page.evaluate(async () => {
      const list = document.querySelector('.timeline')!;
      const count = () => document.querySelectorAll('.timeline .place').length;
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      list.scrollTo(0, 30_000);
      // A frame's scroll event comes before it.
      await frame();
      const first = count();
      for (let frames = 0; frames < 600 && count() < first + 24; frames++) await frame();
      return { first, later: count() };
    });
    expect(later).toBe(first + 24);
    const { boxes, from, to } = await slice();
    expect(boxes[12]!.top).toBeLessThanOrEqual(from);
    expect(boxes.at(-13)!.bottom).toBeGreaterThanOrEqual(to);
  });

  test('what a row says is what the model has at its place', async () => {
    await scrollTo(20_000);
    const numbers = await panel.page.$$eval('.timeline .row.exchange', (rows) =>
      rows
        .map((row) => ({
          at: Number(row.getAttribute('aria-rowindex')),
          number: Number((row as HTMLElement).innerText.match(/\d+/)![0]),
        }))
        .sort((a, b) => a.at - b.at),
    );
    expect(numbers.length).toBeGreaterThan(3);
    // Exchanges are numbered in their order, with none left out.
    numbers.forEach(({ number }, at) => at > 0 && expect(number).toBe(numbers[at - 1]!.number + 1));
  });

  test('reading something older, it stays put while the list grows', async () => {
    await panel.open('unseen');
    const before = await panel.page.$eval('.timeline', ({ scrollTop }) => scrollTop);
    expect(await panel.text('.status-line')).toMatch(/^\d+ new/);
    expect(await panel.text('.timeline [aria-selected=true]')).toMatch(/username/);
    expect(before).toBe(0);
    await panel.page.click('.status-line button');
    await panel.page.evaluate(
      () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
    );
    expect(await panel.text('.live-button')).toBe('Live');
    const end = await panel.page.$eval('.timeline', (list) => list.scrollHeight - list.scrollTop - list.clientHeight);
    expect(end).toBeLessThan(4);
  });

  test('live, the scrollbar leaves the newest row, and what it shows stays', async () => {
    await panel.open('timeline', { count: String(OPERATIONS) });
    expect(await panel.text('.live-button')).toBe('Live');
    const top = () => panel.page.$eval('.timeline', ({ scrollTop }) => scrollTop);
    const end = await top();
    // As a drag of the scrollbar does: no wheel, no key.
    await scrollTo(end - 3_000);
    expect(await panel.text('.live-button')).toBe('Go live');
    expect(await top()).toBe(end - 3_000);
    const { boxes, from, to } = await slice();
    expect(boxes[0]!.top).toBeLessThanOrEqual(from);
    expect(boxes.at(-1)!.bottom).toBeGreaterThanOrEqual(to);
    await panel.page.click('.live-button');
    await scrollTo(await top());
    expect(await top()).toBe(end);
  });
});
