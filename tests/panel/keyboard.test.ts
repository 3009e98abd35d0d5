/** The panel without a mouse: every pane can be reached, every key of the list does what it says. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { describeIn } from '../browsers/needs-browser.ts';
import { until } from '../browsers/until.ts';
import { openPanelPage, type PanelPage } from './panel-page.ts';

describeIn('chromium')('by keyboard alone', () => {
  let panel: PanelPage;
  beforeAll(async () => {
    panel = await openPanelPage();
  });
  afterAll(() => panel?.[Symbol.asyncDispose]());
  beforeEach(() => panel.size(1440));

  const press = async (...keys: string[]) => {
    for (const key of keys) {
      if (key.startsWith('Shift+')) {
        await panel.page.keyboard.down('Shift');
        await panel.page.keyboard.press(key.slice(6) as 'Tab');
        await panel.page.keyboard.up('Shift');
      } else await panel.page.keyboard.press(key as 'Tab');
    }
    // Two frames: what a key changed is drawn, and what an effect then moved is too.
    await panel.page.evaluate(
      () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
    );
  };
  const focused = () =>
    panel.page.evaluate(() => {
      const at = document.activeElement!;
      if (at === document.body) return '';
      return at.getAttribute('aria-label') ?? (at.id || at.textContent!.trim());
    });
  const selectedRow = () => panel.text('.timeline [aria-selected=true]').then((text) => text.replaceAll(/\s+/g, ' '));
  const moment = () => panel.text('.moment .where').then((text) => text.replaceAll(/\s+/g, ' '));
  const chosenTab = () => panel.text('[role=tab][aria-selected=true]');
  const toTimeline = () => panel.page.focus('.timeline');

  test('narrow, the tip of a control lies below it, and none of it beyond the panel', async () => {
    await panel.size(272);
    await panel.open('lost-update', { view: 'detail', tab: 'state' });
    await panel.page.focus('#tab-state');
    await press('ArrowRight', 'ArrowRight', 'ArrowRight');
    const [tab, tip] = await panel.page.evaluate(() =>
      [document.activeElement!, document.querySelector('.tip')!].map((element) => {
        const { left, right, top, bottom } = element.getBoundingClientRect();
        return { id: element.id, left, right, top, bottom };
      }),
    );
    expect(tab!.id).toBe('tab-findings');
    expect(tip!.right).toBeLessThanOrEqual(272);
    expect(tip!.top).toBeGreaterThanOrEqual(tab!.bottom);
    // Where it has room, it begins where the control does.
    expect(Math.abs(tip!.left - Math.min(tab!.left, 272 - 4 - (tip!.right - tip!.left)))).toBeLessThan(1);
  });

  test('Tab goes over the panes, one stop for each bar and list, and comes out at the end', async () => {
    await panel.open('inferred', { tab: 'state' });
    // Keys work from the first moment: the list has the focus.
    expect(await focused()).toBe('Timeline');
    await panel.page.focus('[aria-label=Pause]');
    const stops = ['Pause'];
    for (let count = 0; count < 14; count++) {
      await press('Tab');
      const at = await focused();
      // At the end the focus leaves the page, and the panel takes it back to the list.
      if (at === '' || stops.includes(at)) break;
      stops.push(at);
    }
    // A row's buttons are reached by arrows and menus, not by a hundred stops.
    expect(stops).toEqual([
      'Pause',
      'Filter',
      'Moment in the recording',
      'Timeline',
      'Width of Status',
      'Size of the panes',
      'Previous operation',
      'Record',
      'Cookie',
      'tab-state',
      'Session state',
      'Read the store now',
      // Findings, in the status line.
      '1 note',
    ]);
    // And back.
    await panel.page.focus('.timeline');
    await press('Shift+Tab');
    expect(await focused()).toBe('Moment in the recording');
  });

  test('arrows move within the bar, and Tab comes back to where it was left', async () => {
    await panel.open('timeline');
    await panel.page.focus('[aria-label=Pause]');
    await press('ArrowRight');
    expect(await focused()).toBe('Clear');
    await press('Tab', 'Shift+Tab');
    expect(await focused()).toBe('Clear');
  });

  test('up and down go over the rows, left and right close and open, and the moment follows', async () => {
    await panel.open('timeline', { at: '6.1' });
    await toTimeline();
    expect(await selectedRow()).toMatch(/^\+\d+(?:\.\d)? load/);
    await press('ArrowDown');
    expect(await selectedRow()).toMatch(/^\+\d+(?:\.\d)? get cart miss/);
    expect(await moment()).toMatch(/^#6 POST \/cart\/add\/ \+\d+(?:\.\d)? ms, get$/);
    await press('ArrowLeft');
    expect(await selectedRow()).toMatch(/6 POST \/cart\/add\//);
    expect(await moment()).toMatch(/^#6 POST \/cart\/add\/ end of request$/);
    await press('ArrowLeft');
    expect(await panel.page.$eval('.timeline [aria-selected=true]', (row) => row.getAttribute('aria-expanded'))).toBe(
      'false',
    );
    await press('ArrowRight', 'ArrowRight');
    expect(await selectedRow()).toMatch(/^\+\d+(?:\.\d)? load/);
    await press('Home');
    expect(await moment()).toMatch(/^#1 /);
    await press('End');
    expect(await panel.text('.live-button')).toBe('Live');
    await press(',');
    expect(await panel.text('.live-button')).toBe('Go live');
  });

  test('the ASVS sheet: the switch, its rows by arrows, a row opened and its evidence followed by Enter', async () => {
    await panel.open('findings');
    await panel.page.focus('.view-switch button');
    await press('Tab', 'Enter');
    await panel.page.waitForSelector('.requirement-row');
    await press('Tab', 'Tab');
    const here = () => panel.page.evaluate(() => (document.activeElement as HTMLElement).dataset['requirement']);
    expect(await here()).toBe('3.3.1');
    await press('ArrowDown', 'ArrowDown', 'ArrowUp');
    expect(await here()).toBe('3.3.2');
    await press('Enter');
    expect(await panel.text('.requirement')).toContain('Asked for');
    await press('ArrowDown');
    expect(await panel.page.evaluate(() => document.activeElement!.closest('.evidence') !== null)).toBe(true);
    await press('Enter');
    expect(await panel.text('.live-button')).toBe('Go live');
    await press('ArrowUp', 'Enter');
    expect(await panel.text('.requirement')).toBe('');
  });

  test('the focus is an outline on the row, the selection a tint: they are distinguished', async () => {
    await panel.open('timeline', { at: '6.1' });
    const style = () =>
      panel.page.$eval('.timeline [aria-selected=true]', (row) => {
        const { outlineStyle, outlineWidth, backgroundColor, boxShadow } = getComputedStyle(row);
        return { outlineStyle, outlineWidth, backgroundColor, hasEdge: boxShadow.includes('3px 0px') };
      });
    const unfocused = await style();
    expect(unfocused).toMatchObject({ outlineStyle: 'none', hasEdge: true });
    await toTimeline();
    await press('ArrowDown');
    expect(await style()).toEqual({ ...unfocused, outlineStyle: 'solid', outlineWidth: '2px' });
  });

  test('the active row is announced to a screen reader, whatever is scrolled out of sight', async () => {
    await panel.open('timeline', { at: '2.1' });
    await toTimeline();
    for (let count = 0; count < 40; count++) {
      await press('ArrowDown');
      const active = await panel.page.$eval('.timeline', (list) => {
        const row = document.getElementById(list.getAttribute('aria-activedescendant')!);
        if (row === null) return undefined;
        const { top, bottom } = row.getBoundingClientRect();
        const box = list.getBoundingClientRect();
        return {
          isSelected: row.ariaSelected,
          isInSight: top >= box.top + 20 && bottom <= box.bottom + 1,
          index: Number(row.ariaRowIndex),
          count: Number((list as HTMLElement).ariaRowCount),
        };
      });
      expect(active).toMatchObject({ isSelected: 'true', isInSight: true });
      expect(active!.index).toBeLessThanOrEqual(active!.count);
    }
  });

  test('digits choose tabs, brackets go from write to write of the key, d marks, ? lists the keys', async () => {
    await panel.open('history', { at: '10' });
    await toTimeline();
    await press('2');
    expect(await chosenTab()).toBe('Diff');
    await press('4');
    expect(await chosenTab()).toBe('Findings');
    await press('5');
    expect(await chosenTab()).toBe('Request');
    await press('1');
    expect(await chosenTab()).toBe('State');
    await press('[');
    expect(await moment()).toMatch(/^#10 .*, set$/);
    await press('[');
    expect(await moment()).toMatch(/^#8 .*, set$/);
    await press(']');
    expect(await moment()).toMatch(/^#10 /);
    await press('d');
    await press('2');
    expect(await panel.page.$eval('.diff select', (select) => (select as HTMLSelectElement).value)).toBe('marked');
    await press('?');
    expect(await panel.text('.help')).toContain('next write of the selected key');
    await press('Escape');
    expect(await panel.page.$('.help')).toBeNull();
    expect(await focused()).toBe('Timeline');
  });

  test('n and p go to what went wrong', async () => {
    await panel.open('cookie-not-set', { at: '1' });
    await toTimeline();
    await press('n');
    expect(await moment()).toMatch(/^#2 /);
    await press('n');
    expect(await moment()).toMatch(/^#3 /);
    await press('p');
    expect(await moment()).toMatch(/^#2 /);
  });

  test('/ goes to the filter, what is typed there is text, Escape comes back', async () => {
    await panel.open('timeline');
    await toTimeline();
    await press('/');
    expect(await focused()).toBe('Filter');
    await panel.page.keyboard.type('key:cart 1?');
    expect(await panel.page.$eval('.filter', (input) => (input as HTMLInputElement).value)).toBe('key:cart 1?');
    await press('Escape');
    expect(await focused()).not.toBe('Filter');
  });

  test('Would it be sent?: letters choose the kind, what is typed is text, and the answer follows', async () => {
    await panel.size(1440);
    await panel.open('cookie-sent');
    const answer = () => panel.text('.sending [role=status]');
    expect(await answer()).toMatch(/^\s*Yes\./);
    await panel.page.focus('.sending select');
    await press('F');
    await press('Tab');
    await panel.page.keyboard.type('http://localhost:5173/1');
    await until(async () => /^\s*No\.[\s\S]*same-site-lax-post/.test(await answer()), 'the answer to follow');
    // A digit is none of the panel's keys here.
    expect(await panel.page.$('#tab-cookie[aria-selected=true]')).not.toBeNull();
    await press('Escape');
    expect(await panel.page.evaluate(() => document.activeElement?.tagName)).not.toBe('INPUT');
  });

  test('Space pauses and goes on; on a button it presses the button', async () => {
    await panel.open('timeline');
    await toTimeline();
    await press('Space');
    expect(await panel.text('.list')).toContain('Paused.');
    await press('Space');
    expect(await panel.text('.list')).not.toContain('Paused.');
    await panel.page.focus('#tab-diff');
    await press('Space');
    expect(await chosenTab()).toBe('Diff');
    expect(await panel.text('.list')).not.toContain('Paused.');
  });

  test('Shift F10 opens what can be done with the row; arrows, Enter and Escape work in it', async () => {
    await panel.open('timeline', { at: '6.3' });
    await toTimeline();
    await press('Shift+F10');
    const items = (await panel.text('.menu')).split('\n').map((line) => line.trim());
    for (const item of ['Open the source', 'Diff around this', 'History of cart', 'Hide cart', 'Copy the value'])
      expect(items).toContain(item);
    await press('Escape');
    expect(await panel.page.$('.menu')).toBeNull();
    expect(await focused()).toBe('Timeline');
    await press('Shift+F10');
    const at = items.filter((line) => line.length > 1).indexOf('Hide cart');
    await press(...Array.from({ length: at }, () => 'ArrowDown'), 'Enter');
    expect(await panel.page.$eval('.filter', (input) => (input as HTMLInputElement).value)).toBe('-key:"cart"');
    expect(await panel.text('.timeline')).not.toMatch(/get\s+cart/);
  });

  test('the state`s tree: arrows select and open, Shift F10 has its menu, and the timeline stays where it was', async () => {
    await panel.open('inferred', { tab: 'state' });
    const before = await moment();
    await panel.page.focus('.tree');
    await press('ArrowDown');
    const row = () => panel.text('.tree [aria-selected=true] td');
    expect(await row()).toMatch(/cart/);
    await press('ArrowRight');
    await press('ArrowDown', 'ArrowDown');
    expect(await row()).toMatch(/items/);
    await press('ArrowLeft');
    expect(await row()).toMatch(/cart/);
    expect(await panel.text('[aria-label="History of the selected key"]')).toContain('History of cart');
    await press('Shift+F10');
    expect(await panel.text('.menu')).toContain('Copy the value');
    await press('Escape');
    expect(await focused()).toBe('Session state');
    expect(await moment()).toBe(before);
  });

  test('the rows of the diff are one stop: arrows reach each value and line, equal ones too, and Enter opens it', async () => {
    await panel.open('unchanged');
    await panel.page.focus('.diff select');
    await press('Tab');
    const stop = () =>
      panel.page.evaluate(() => {
        const at = document.activeElement!;
        const row = [...document.querySelectorAll('.diff tbody tr')].indexOf(at.closest('tr')!);
        return { row, column: at.closest('td')?.cellIndex, text: at.textContent };
      });
    const first = await stop();
    expect(first).toMatchObject({ row: 0, column: 1 });
    // Each row that has something: none is passed over.
    const rows = await panel.page.$$eval('.diff tbody tr', (all) =>
      all.flatMap((row, index) => (row.querySelector('.value, .fold button') === null ? [] : [index])),
    );
    const equal = await panel.page.$$eval('.diff tbody tr', (all) => all.findIndex((row) => row.className === 'same'));
    expect(rows).toContain(equal);
    for (const row of rows.slice(1)) {
      await press('ArrowDown');
      expect((await stop()).row).toBe(row);
    }
    await press('ArrowDown');
    expect((await stop()).row).toBe(rows.at(-1));
    while ((await stop()).row !== equal) await press('ArrowUp');
    const { text } = await stop();
    await press('ArrowRight');
    expect((await stop()).column).toBe(3);
    await press('ArrowLeft', 'Enter');
    expect(await panel.text('.viewer .value-text-body')).toContain('"currency": "EUR"');
    await press('Escape');
    expect(await stop()).toMatchObject({ row: equal, text });
    // Tab leaves the rows, and comes back to the one that was left.
    await press('Tab');
    expect((await stop()).row).toBe(-1);
    await press('Shift+Tab');
    expect(await stop()).toMatchObject({ row: equal, text });
    await press('Home');
    expect(await stop()).toEqual(first);
  });

  test('the scrubber is a slider: arrows step, and say where', async () => {
    await panel.open('timeline', { at: '6' });
    await panel.page.focus('.scrub');
    const reported = () =>
      panel.page.$eval('.scrub', (slider) => ({
        now: slider.getAttribute('aria-valuenow'),
        text: slider.getAttribute('aria-valuetext'),
      }));
    expect(await reported()).toMatchObject({ now: '5', text: expect.stringMatching(/^#6 POST \/cart\/add\//) });
    await press('PageUp');
    expect(await reported()).toMatchObject({ now: '6' });
    await press('ArrowLeft');
    // A request that only read is closed: before it comes the last operation of the one before.
    expect(await reported()).toMatchObject({ now: '5', text: expect.stringMatching(/save$/) });
  });

  test('narrow: Enter goes into the details, Escape comes back, and nothing is lost on the way', async () => {
    await panel.size(272);
    await panel.open('timeline', { at: '6.3' });
    await toTimeline();
    await press('Enter');
    expect(await focused()).toBe('tab-state');
    expect(await panel.page.$eval('.timeline', (list) => list.getClientRects().length)).toBe(0);
    await press('Escape');
    expect(await focused()).toBe('Timeline');
    expect(await selectedRow()).toMatch(/set cart/);
  });

  test('narrow: what the bar has no room for is in its menu', async () => {
    await panel.size(272);
    await panel.open('timeline');
    await panel.page.focus('[aria-label=More]');
    await press('Enter');
    const items = await panel.text('.menu');
    for (const item of [
      'Writes only',
      'Reads only',
      'Store only',
      'This tab',
      'Preserve log',
      'Pair…',
      'Connection',
      'Open sources in VS Code',
      'Keyboard shortcuts',
    ])
      expect(items).toContain(item);
    await press('ArrowDown', 'Enter');
    expect(await panel.text('.status-line')).toMatch(/\b\d+ requests\s+\d+ of 58 operations/);
  });
});
