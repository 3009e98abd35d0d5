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
      (element.querySelector<HTMLElement>(selector)?.innerText ?? '').replace(/\s+/g, ' ').trim();
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

/** Waits until the panel shows something new and has come to rest; gives the rows on screen. */
export async function settle(panel: Frame): Promise<PanelRow[]> {
  let before = '';
  return until<PanelRow[] | undefined>(async () => {
    await wait(250);
    const rows = await readRows(panel);
    const now = JSON.stringify(rows);
    const isStill = now === before && isQuiet(rows);
    before = now;
    return isStill ? rows : undefined;
  }, 'the panel to come to rest');
}
