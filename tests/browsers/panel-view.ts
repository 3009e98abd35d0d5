/** The real panel in a DevTools window, as a developer uses it: read, press, wait. */
import type { Frame } from 'puppeteer-core';
import { type PanelRow, readRows } from './panel-rows.ts';
import { until } from './until.ts';

/** What stands in an exchange's row. */
export interface ExchangeLabels {
  number: number;
  changes: string | undefined;
  elsewhere: string | undefined;
  status: string | undefined;
  session: string | undefined;
  record: string | undefined;
  cookie: string | undefined;
}

export interface PanelView {
  frame: Frame;
  /** The words of the first element that matches, empty where none does. */
  text(selector?: string): Promise<string>;
  /** Presses the first element that matches. */
  press(selector: string): Promise<void>;
  /** Presses the button with exactly these words; fails where there is none. */
  pressButton(words: string): Promise<void>;
  /** Presses the item of the open menu that begins with these words: a shortcut may stand behind them. */
  pressItem(words: string): Promise<void>;
  /** What the browser puts on the clipboard with an act. */
  copiedBy(act: () => Promise<void>): Promise<string>;
  /** How a step of the connection doctor went. */
  step(id: string): Promise<string | undefined>;
  /** Waits until the words of an element fit, and gives them. */
  waitFor(words: string | RegExp, selector?: string, ms?: number): Promise<string>;
  /** Waits until exactly these requests stand in the timeline, the ended ones; gives all rows. */
  waitForExchange(request: string): Promise<PanelRow[]>;
  /** Opens every request: those that only read are closed by themselves. */
  expandAll(): Promise<void>;
  /** Sends a key to what has the focus in the panel, as a keyboard does. */
  key(name: string, modifiers?: { shiftKey?: boolean; ctrlKey?: boolean }): Promise<boolean>;
  /** Selects an operation of an exchange, by its first word. */
  selectOperation(exchange: number, operation: string): Promise<void>;
}

/** Opens every request: those that only read are closed by themselves. *Clear* closes them again. */
export async function expandAll(frame: Frame): Promise<void> {
  const panel = await frame.waitForSelector('.panel');
  await panel!.evaluate((element) => {
    element.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', shiftKey: true, bubbles: true }));
  });
}

export function viewPanel(frame: Frame): PanelView {
  const text = (selector = 'body') =>
    frame.evaluate((found) => document.querySelector<HTMLElement>(found)?.innerText ?? '', selector);
  /** Returns whether the panel took it. */
  const key = (name: string, modifiers = {}) =>
    frame.evaluate(
      (pressed, held) => {
        const event = new KeyboardEvent('keydown', { key: pressed, bubbles: true, cancelable: true, ...held });
        (document.activeElement ?? document.body).dispatchEvent(event);
        return event.defaultPrevented;
      },
      name,
      modifiers,
    );
  return {
    frame,
    text,
    press: (selector) => frame.evaluate((found) => document.querySelector<HTMLElement>(found)?.click(), selector),
    pressButton: (words) =>
      frame.evaluate((wanted) => {
        const found = [...document.querySelectorAll('button')].find((button) => button.innerText.trim() === wanted);
        if (found === undefined) throw new Error(`no button "${wanted}"`);
        found.click();
      }, words),
    pressItem: (words) =>
      frame.evaluate((wanted) => {
        const items = [...document.querySelectorAll<HTMLElement>('.menu [role^=menuitem]')];
        const found = items.find((item) => item.innerText.startsWith(wanted));
        if (found === undefined) throw new Error(`no item "${wanted}"`);
        found.click();
      }, words),
    async copiedBy(act) {
      const copied = frame.evaluate(
        () =>
          new Promise<string>((resolve) => {
            const read = ({ target }: Event) => resolve((target as HTMLTextAreaElement).value);
            document.addEventListener('copy', read, { once: true });
          }),
      );
      await act();
      return copied;
    },
    step: (id) =>
      frame.evaluate((name) => document.querySelector<HTMLElement>(`[data-step="${name}"]`)?.dataset['status'], id),
    async waitFor(words, selector, ms) {
      let last = '';
      const fits = async () => {
        last = await text(selector);
        return (typeof words === 'string' ? last.includes(words) : words.test(last)) ? last : undefined;
      };
      try {
        return await until(fits, `"${String(words)}" in the panel`, ms);
      } catch (error) {
        throw new Error(`${(error as Error).message}; it says: ${last.slice(0, 1_000) || '(nothing)'}`, {
          cause: error,
        });
      }
    },
    waitForExchange: (request) =>
      until(async () => {
        const rows = await readRows(frame);
        const found = rows.findLast(({ kind, cells }) => kind === 'exchange' && cells[0] === request);
        return found !== undefined && found.cells[5] !== 'not yet' ? rows : undefined;
      }, `${request} in the timeline`),
    expandAll: () => expandAll(frame),
    key,
    selectOperation: (exchange, operation) =>
      frame.evaluate(
        (wanted, name) => {
          let current = 0;
          const places = [...document.querySelectorAll('.timeline .place')].sort(
            (a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top,
          );
          for (const place of places) {
            const row = place.querySelector<HTMLElement>('.row');
            if (row?.classList.contains('exchange'))
              current = Number(row.querySelector<HTMLElement>('.number')!.innerText.replace(/\D/g, ''));
            else if (current === wanted && row?.querySelector<HTMLElement>('.op')?.innerText.startsWith(name))
              row.click();
          }
        },
        exchange,
        operation,
      ),
  };
}

/** The newest row of this request; fails where there is none. */
export function exchangeLabels(rows: readonly PanelRow[], request: string): ExchangeLabels {
  const row = rows.findLast(({ kind, cells }) => kind === 'exchange' && cells[0] === request);
  if (row === undefined) throw new Error(`no ${request} in ${JSON.stringify(rows)}`);
  const [, changes, elsewhere, status, session, record, cookie] = row.cells;
  return { number: row.number, changes, elsewhere, status, session, record, cookie };
}

/** The operations of an exchange, each as one line: name, path, mark, value, file and line. */
export function operationLines(rows: readonly PanelRow[], exchange: number): string[] {
  return rows
    .filter((row) => row.kind === 'operation' && row.number === exchange)
    .map(({ cells: [, operation, path, mark, value, source] }) =>
      [operation, path, mark, value, source?.replace(/^.*\//, '')].filter(Boolean).join(' '),
    );
}
