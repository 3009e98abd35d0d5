/** Findings in the real panel: each of the demo's problems is named with its key, request and line; its healthy pages are not. */
import { beforeEach, expect, test } from 'vitest';
import { useDemoPanel } from '../browsers/demo-panel.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { settle } from '../browsers/panel-rows.ts';

describeIn('chromium')('findings in Chromium', () => {
  const demo = useDemoPanel();
  const { open, pressInPage } = demo;
  beforeEach(async () => {
    await demo.panel.press('.live-button');
  });

  const burst = async (answered: string) => {
    await demo.page.click('[data-burst]');
    await demo.page.waitForFunction(
      (words) => document.querySelector('output')?.textContent?.includes(words),
      {},
      answered,
    );
    await settle(demo.panel.frame);
  };
  /** Problems and warnings of the list, each by its title. */
  const serious = () =>
    demo.panel.frame.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('.finding-row')]
        .filter((row) => row.querySelector('.severity.remove, .severity.time'))
        .map((row) => row.querySelector('b')!.innerText),
    );
  /** Opens the finding with this title; gives its sentence and its lines of code. */
  const read = async (title: string) => {
    await demo.panel.press('#tab-findings');
    await demo.panel.waitFor(title, '.tab-body');
    await demo.panel.frame.evaluate((wanted) => {
      const rows = [...document.querySelectorAll<HTMLElement>('.finding-row')];
      rows.find((row) => row.querySelector('b')?.innerText === wanted)!.click();
    }, title);
    await demo.panel.waitFor(/./, '.finding .lead');
    return { sentence: await demo.panel.text('.finding .lead'), lines: await demo.panel.text('.finding .pairs') };
  };

  test('a lost update: key, both requests, both lines; its evidence leads to its events, its code can be copied', async () => {
    await open('/problems/lost-update/');
    await burst('coupon →');
    const { sentence, lines } = await read('Lost update');
    expect(sentence).toMatch(
      /#\d+ POST \/problems\/lost-update\/coupon erased cart\.items\[1\], which #\d+ POST \/problems\/lost-update\/items had saved [\d.]+ m?s before\./,
    );
    expect(lines).toMatch(/Erased at\s+.*lost-update\.ts:\d+\s+Lost write\s+.*lost-update\.ts:\d+/);
    expect(await demo.panel.text('.fix-code')).toContain('req.session.reload');
    expect(await demo.panel.text('.row .finding-badge')).toContain('Lost update');
    expect(await demo.panel.text('.status-line')).toContain('1 problem');
    // The last piece of evidence is the save that erased it.
    await demo.panel.press('.evidence li.decisive button');
    expect(await demo.panel.waitFor(/save/, '.moment .where')).toMatch(/coupon/);
    expect(await demo.panel.text('.evidence li.here')).toMatch(/saves its older copy/);
    // The same number stands on its row.
    expect(await demo.panel.text('.row.operation .evidence-number.decisive')).toMatch(/^\d$/);
  });

  test('a cookie that is not set, with the fix', async () => {
    await open('/problems/cookie-not-set/');
    await settle(demo.panel.frame);
    const { sentence } = await read('Cookie not set');
    expect(sentence).toMatch(
      /GET \/problems\/cookie-not-set\/ saved a session, and its response does not set secure\.sid/,
    );
    expect(await demo.panel.text('.fix-code')).toContain("secure: 'auto'");
  });

  test('a redirect before the save', async () => {
    await open('/problems/redirect-before-save/');
    await pressInPage('Order, then redirect here');
    await settle(demo.panel.frame);
    const { sentence, lines } = await read('Redirect before the save');
    expect(sentence).toMatch(
      /GET .* loaded the session [\d.]+ m?s before #\d+ POST .*, which redirected to it, had saved orders/,
    );
    expect(lines).toMatch(/redirect-before-save\.ts:\d+/);
  });

  test('a change after the response', async () => {
    await open('/problems/nested-not-saved/');
    await pressInPage('Push a tag after the response');
    await settle(demo.panel.frame);
    const { sentence, lines } = await read('Changed after the response');
    expect(sentence).toMatch(/POST \/problems\/nested-not-saved\/ changed tags\[1\] after its response had begun/);
    expect(lines).toMatch(/nested-not-saved\.ts:\d+/);
  });

  test('a logout undone; silenced, the list says so', async () => {
    await open('/problems/logout-undone/');
    await pressInPage('Log in');
    await burst('autosave →');
    const { sentence, lines } = await read('Logout undone');
    expect(sentence).toMatch(/autosave saved session [0-9a-f]{4} again, which #\d+ POST .*logout had ended/);
    expect(lines).toMatch(
      /Saved at\s+.*logout-undone\.ts:\d+\s+Changed at\s+.*logout-undone\.ts:\d+\s+Ended at\s+.*logout-undone\.ts:\d+/,
    );
    await demo.panel.pressButton('Silence this rule');
    expect(await demo.panel.waitFor('1 finding of 1 silenced rule', '.tab-body')).not.toContain('Logout undone');
    await demo.panel.pressButton('Show');
    expect(await demo.panel.waitFor('Logout undone', '.tab-body')).toContain('Logout undone');
  });

  test('nothing is wrong with the healthy pages', async () => {
    await open('/set_session/');
    await open('/get_session/');
    await open('/cart/');
    await settle(demo.panel.frame);
    await demo.panel.press('#tab-findings');
    await demo.panel.waitFor(/note|No rule found/, '.tab-body');
    expect(await serious()).toEqual([]);
    expect(await demo.panel.text('.timeline .finding-badge')).toBe('');
  });
});
