/** What stands on screen in a real panel. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Frame } from 'puppeteer-core';
import { until } from './until.ts';

/** One row of the panel's timeline, as its words stand there. */
export interface PanelRow {
  kind: 'exchange' | 'operation';
  /** Of the exchange that it is, or belongs to. */
  number: number;
  cells: string[];
}

/** The rows on screen, top to bottom. An operation whose exchange has scrolled away has the number 0. */
export function readRows(panel: Frame): Promise<PanelRow[]> {
  return panel.evaluate(() => {
    const text = (element: Element, selector: string) =>
      // A path that is cut in its middle is two boxes, and one text.
      (
        (selector === '.request'
          ? element.querySelector(selector)?.textContent
          : element.querySelector<HTMLElement>(selector)?.innerText) ?? ''
      )
        .replace(/\s+/g, ' ')
        .trim();
    let number = 0;
    return [...document.querySelectorAll('.timeline .place')]
      .map((place) => ({ place, top: place.getBoundingClientRect().top }))
      .toSorted((a, b) => a.top - b.top)
      .flatMap(({ place }): PanelRow[] => {
        const row = place.querySelector('.row:is(.exchange, .operation)');
        if (row === null) return [];
        if (row.classList.contains('exchange')) {
          number = Number(text(row, '.number').replace(/\D/g, ''));
          const cells = ['.request', '.changes', '.elsewhere', '.status', '.session', '.record', '.cookie', '.time'];
          return [{ kind: 'exchange', number, cells: cells.map((cell) => text(row, cell)) }];
        }
        const cells = ['.at', '.op', '.path', '.mark', '.val', ':is(.source, .by)'];
        return [{ kind: 'operation', number, cells: cells.map((cell) => text(row, cell)) }];
      });
  });
}

/** Every exchange on screen has ended. */
const isQuiet = (rows: readonly PanelRow[]) =>
  rows.every(({ kind, cells }) =>
    kind === 'exchange' ? cells[5] !== 'not yet' : cells[4]?.startsWith('running') !== true,
  );

/** Reads, 250 ms apart, that say the same: less is a pause of a busy machine. */
const STILL_READS = 2;

/** Waits until the panel shows something new and has come to rest; gives the rows on screen. */
export async function settle(panel: Frame): Promise<PanelRow[]> {
  let before = '';
  let still = 0;
  return until<PanelRow[] | undefined>(async () => {
    await wait(250);
    const rows = await readRows(panel);
    const now = JSON.stringify(rows);
    still = now === before && isQuiet(rows) ? still + 1 : 0;
    before = now;
    return still >= STILL_READS ? rows : undefined;
  }, 'the panel to come to rest');
}
