/** Real Firefox: the panel opens in the toolbox and shows an exchange of the demo. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Firefox, launchFirefox } from '../browsers/firefox.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { until } from '../browsers/until.ts';
import { type DemoProcess, startDemo } from '../panel/demo-process.ts';

describeIn('firefox')('the Sessions panel in Firefox', () => {
  let demo: DemoProcess;
  let firefox: Firefox;

  beforeAll(async () => {
    demo = await startDemo();
    firefox = await launchFirefox();
  });
  afterAll(async () => {
    await firefox?.close();
    await demo?.[Symbol.asyncDispose]();
  });

  /** Sends keys to what has the focus, and gives what stands under a selector then. */
  const press = (keys: readonly object[], selector: string) =>
    firefox.evaluateIn<string>(
      '/panel.html',
      `async () => {
        for (const init of ${JSON.stringify(keys)}) {
          (document.activeElement ?? document.body).dispatchEvent(
            new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init }));
          await new Promise((resolve) => setTimeout(resolve, 120));
        }
        return document.querySelector(${JSON.stringify(selector)})?.innerText ?? '(none)';
      }`,
    );
  const run = <T>(source: string) => firefox.evaluateIn<T>('/panel.html', source);
  const words = () => firefox.evaluateIn<string>('/panel.html', '() => document.body.innerText');

  test('an exchange with its operations, their lines, the verdict and the cookie', async () => {
    await firefox.page.goto(`${demo.origin}/`);
    await firefox.showPanel('Sessions');
    await until(async () => (await words()).includes('Listening'), 'the companion to be found');
    await firefox.page.goto(`${demo.origin}/set_session/`);
    const all = await until(async () => {
      const text = await words();
      return text.includes('/set_session/') && text.includes('save') ? text : undefined;
    }, 'the exchange');
    expect(all).toMatch(/set\s+username\s+absent → "john_doe"\s+express\/session-pages\.ts:13/);
    expect(all).toMatch(/saved\s+set/);
    await firefox.evaluateIn('/panel.html', "() => void document.getElementById('tab-cookie').click()");
    expect(await until(async () => ((await words()).includes('Expiry') ? words() : undefined), 'the tab')).toMatch(
      /Set-Cookie/,
    );
  });

  test('keys, viewer, filter, panes and menus work in the toolbox as well', async () => {
    await firefox.page.goto(`${demo.origin}/set_session/`);
    await until(async () => (await words()).includes('save'), 'the request');
    expect(await run("() => document.activeElement.getAttribute('aria-label')")).toBe('Timeline');
    expect(await press([{ key: '?' }], '.help')).toContain('next problem');
    expect(await press([{ key: 'Escape' }], '.help')).toBe('(none)');
    await run(
      "() => [...document.querySelectorAll('.row.operation')].find((row) => row.innerText.includes('username')).click()",
    );
    expect(await press([{ key: 'v' }], '.viewer')).toContain('john_doe');
    expect(await press([{ key: 'Escape' }], '.viewer')).toBe('(none)');
    await press([{ key: 'f', ctrlKey: true }], '.panel');
    expect(await run("() => document.activeElement.getAttribute('aria-label')")).toBe('Filter');
    await press([{ key: 'Escape' }], '.panel');
    const share = () => run<number>("() => Number(document.querySelector('.splitter').getAttribute('aria-valuenow'))");
    const before = await share();
    await run("() => document.querySelector('.splitter').focus()");
    await press([{ key: 'ArrowLeft' }], '.panel');
    expect(await share()).toBe(before - 2);
    await press([{ key: 'Home' }], '.panel');
    await run("() => document.querySelector('.timeline').focus()");
    expect(await press([{ key: 'F10', shiftKey: true }], '.menu')).toContain('Copy as JSON');
    await press([{ key: 'Escape' }], '.panel');
    expect(await press([{ key: 'c' }], '.status-line')).toContain('Copied');
    expect(await press([{ key: ' ' }], '.list')).toContain('Paused.');
    await press([{ key: ' ' }], '.panel');
  });

  test('columns, the zoom of the scrubber, a compare, a watched key, and all requests at once', async () => {
    await firefox.page.goto(`${demo.origin}/get_session/`);
    await until(async () => (await words()).includes('/get_session/'), 'the second request');
    const count = (selector: string) => run<number>(`() => document.querySelectorAll('${selector}').length`);
    const focus = (selector: string) => run(`() => void document.querySelector('${selector}').focus()`);
    const isThere = (selector: string, wanted: boolean) =>
      until(async () => (await count(selector)) > 0 === wanted, `${selector} ${wanted ? '' : 'not '}to be there`);

    const width = () =>
      run<number>("() => Math.round(document.querySelector('.row.head .record').getBoundingClientRect().width)");
    const before = await width();
    await focus('[aria-label="Width of Record"]');
    await press([{ key: 'ArrowLeft' }], '.panel');
    expect(await width()).toBe(before + 8);
    await press([{ key: 'Home' }], '.panel');
    expect(await width()).toBe(before);

    await focus('.scrub');
    await press([{ key: '+' }, { key: '+' }], '.panel');
    await isThere('.whole', true);
    await press([{ key: '0' }], '.panel');
    await isThere('.whole', false);

    await run(`() => {
      const rows = [...document.querySelectorAll('.row.exchange')].filter((row) => !row.innerText.includes('DevTools'));
      rows[0].click();
      rows.at(-1).dispatchEvent(new MouseEvent('click', { bubbles: true, shiftKey: true }));
    }`);
    expect(await run("() => document.querySelector('.diff select').value")).toBe('marked');

    await focus('.timeline');
    await press([{ key: '1' }], '.panel');
    await isThere('.tree tbody tr td', true);
    await run("() => void document.querySelector('.tree tbody tr td').click()");
    expect(await press([{ key: 'w' }], '[aria-label="Watched key"]')).toMatch(/over \d+ requests?/);
    await press([{ key: 'w' }], '.panel');

    await focus('.timeline');
    await press([{ key: 'ArrowLeft', shiftKey: true }], '.panel');
    await isThere('.row.operation', false);
    await press([{ key: 'ArrowRight', shiftKey: true }], '.panel');
    await isThere('.row.operation', true);
  });

  test('viewer, suggestions, menus, copies, the store, the connection, and what lasts', async () => {
    await firefox.page.goto(`${demo.origin}/set_session/`);
    await until(async () => (await words()).includes('/set_session/'), 'the request');
    const text = (selector: string) => run<string>(`() => document.querySelector('${selector}')?.innerText ?? ''`);
    const focus = (selector: string) => run(`() => void document.querySelector('${selector}').focus()`);
    const type = (selector: string, value: string) =>
      run(`() => {
        const field = document.querySelector(${JSON.stringify(selector)});
        field.focus();
        field.value = ${JSON.stringify(value)};
        field.dispatchEvent(new InputEvent('input', { bubbles: true }));
      }`);
    const button = (label: string) =>
      `[...document.querySelectorAll('button')].find(({ innerText }) => innerText.startsWith(${JSON.stringify(label)}))`;
    /** What a press hands to the clipboard, by a field that stands for a moment. */
    const copiedBy = (label: string) =>
      run<string>(`() => new Promise((resolve) => {
        new MutationObserver((records, observer) => {
          const area = records.flatMap((record) => [...record.addedNodes]).find((node) => node.localName === 'textarea');
          if (area === undefined) return;
          observer.disconnect();
          resolve(area.value);
        }).observe(document.body, { childList: true });
        ${button(label)}.click();
      })`);

    const selectSet = () =>
      run(
        `() => [...document.querySelectorAll('.row.operation')].findLast((row) => row.innerText.includes('username')).click()`,
      );
    await selectSet();
    await press([{ key: 'v' }], '.viewer');
    await type('.viewer .filter', 'DOE');
    await until(async () => (await text('.viewer [role=status]')) === '1 of 1', 'what was found');
    expect(await copiedBy('Copy as JSON')).toBe('"john_doe"');
    expect(await copiedBy('Copy as JavaScript')).toMatch(/^['"]john_doe['"]$/);
    const wraps = () => run<string>("() => document.querySelector('.value-text-body').className");
    const before = await wraps();
    await run("() => document.querySelector('.viewer .check input').click()");
    await until(async () => (await wraps()) !== before, 'the other way');
    await run("() => document.querySelector('.viewer .check input').click()");
    await run(`() => ${button('Close')}.click()`);

    await type('.tools .filter', 'record:');
    await until(async () => /record:saved/.test(await text('.suggestions')), 'suggestions');
    await press([{ key: 'ArrowDown' }, { key: 'Enter' }], '.suggestions');
    expect(await run("() => document.querySelector('.tools .filter').value")).toMatch(/^record:\w+ $/);
    await type('.tools .filter', '');

    await focus('.timeline');
    await selectSet();
    await focus('.timeline');
    await press([{ key: 'F10', shiftKey: true }, { key: 'h' }], '.menu');
    expect(await run('() => document.activeElement.innerText')).toMatch(/^\s*(History|Hide)/);
    await press([{ key: 'Escape' }], '.menu');
    await press([{ key: 'ArrowLeft' }, { key: 'F10', shiftKey: true }], '.menu');
    expect(await copiedBy('Copy as cURL')).toMatch(/^curl [\s\S]*\/set_session\//);
    await press([{ key: 'F10', shiftKey: true }], '.menu');
    expect(await copiedBy('Copy as fetch')).toMatch(/^(await )?fetch\(/);

    await focus('.timeline');
    await press([{ key: 'End' }, { key: '1' }], '.panel');
    await run(`() => (${button('Refresh')} ?? ${button('Read the store now')}).click()`);
    await until(async () => /as of/.test(await text('[aria-label="Record in the store"]')), 'the look');
    await firefox.page.goto(`${demo.origin}/set_session/`);
    // The same session, saved once more, or touched: the look is said to be old until it is read again.
    await until(async () => /Old: #\d+/.test(await text('[aria-label="Record in the store"]')), 'that it is old');
    await run(`() => ${button('Refresh')}.click()`);
    await until(async () => !/Old:/.test(await text('[aria-label="Record in the store"]')), 'it as it is now');

    await run("() => document.querySelector('.tools .link').click()");
    await until(async () => /Companion answers/.test(await text('.connection-view')), 'the connection');
    expect(await press([{ key: 'Escape' }], '.connection-view')).toBe('(none)');

    await run("() => document.getElementById('tab-diff').click()");
    const kept = () => run<string>("async () => (await browser.storage.local.get('settings')).settings ?? ''");
    await until(async () => (await kept()).includes('"diff"'), 'the tab to be kept');
  });
});
