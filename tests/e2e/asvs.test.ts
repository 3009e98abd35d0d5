/** The ASVS sheet in the real panel: what the demo's logins and logouts show of each requirement, and nothing that was not seen. */
import { expect, test } from 'vitest';
import { useDemoPanel } from '../browsers/demo-panel.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { settle } from '../browsers/panel-rows.ts';

describeIn('chromium')('the ASVS sheet in Chromium', () => {
  const demo = useDemoPanel();
  const { open, pressInPage } = demo;

  const showSheet = async () => {
    await settle(demo.panel.frame);
    await demo.panel.press('#tab-findings');
    await demo.panel.pressButton('ASVS 5.0');
    await demo.panel.waitFor(/from \d+ requests/, '.tab-body');
  };
  /** Each requirement with its status as it is read. */
  const statuses = () =>
    demo.panel.frame.evaluate(() =>
      Object.fromEntries(
        [...document.querySelectorAll<HTMLElement>('.requirement-row')].map((row) => [
          row.dataset['requirement']!,
          row.querySelector<HTMLElement>('.status')!.innerText.trim(),
        ]),
      ),
    );
  const says = (id: string) => demo.panel.text(`[data-requirement="${id}"] .says`);

  test('a visit, a login and a logout: what they show is met, each with its evidence; the rest is not', async () => {
    await open('/cart/');
    await pressInPage('Add Tea');
    await open('/login/');
    await pressInPage('Log in');
    await pressInPage('Log out');
    await showSheet();
    expect(await statuses()).toMatchObject({
      // Plain http to this machine.
      '3.3.1': 'not tested',
      '3.3.2': 'met',
      '3.3.3': 'not tested',
      '3.3.4': 'met in part',
      '3.3.5': 'met',
      '3.5.3': 'met in part',
      '7.1.1': 'by hand',
      '7.2.1': 'not tested',
      '7.2.2': 'met',
      '7.2.3': 'by hand',
      '7.2.4': 'met',
      '7.3.1': 'not tested',
      '7.4.1': 'met in part',
      '14.2.1': 'by hand',
    });
    expect(await says('7.2.4')).toMatch(
      /^#\d+ POST \/login\/ ended key [0-9a-f]{4} as it logged in, and went on under/,
    );
    expect(await says('3.3.1')).toMatch(
      /^connect\.sid was set without Secure over plain http to .*:\d+, where that is a note\./,
    );
    expect(await says('7.4.1')).toMatch(
      /^#\d+ POST \/logout\/ ended session [0-9a-f]{4}, and the store deleted its record\.$/,
    );

    // The evidence leads to the event.
    await demo.panel.press('[data-requirement="7.2.4"]');
    await demo.panel.press('.requirement .evidence li.decisive button');
    expect(await demo.panel.waitFor(/regenerate/, '.moment .where')).toContain('/login/');

    const copied = await demo.panel.copiedBy(() => demo.panel.pressButton('Copy as Markdown'));
    expect(copied).toMatch(/\| met \| \[7\.2\.4\]\(https:\/\/github\.com\/OWASP\/ASVS\//);
    expect(copied).toMatch(/account-pages\.ts:\d+/);
    expect(copied).not.toContain('john_doe');
    for (const { value } of await demo.page.cookies()) expect(copied).not.toContain(value);
  });

  test('the old cookie is sent again after the logout: the server refuses it', async () => {
    await open('/login/');
    await pressInPage('Log in');
    const cookies = await demo.page.cookies();
    expect(cookies.map(({ name }) => name)).toContain('connect.sid');
    await pressInPage('Log out');
    await demo.page.setCookie(...cookies);
    await open('/get_session/');
    await showSheet();
    expect(await statuses()).toMatchObject({ '7.2.1': 'met', '7.4.1': 'met in part' });
    expect(await says('7.4.1')).toMatch(
      /\/logout\/ ended session .*, and #\d+ GET \/get_session\/, which brought its cookie again, got nothing by it\.$/,
    );
  });

  test('a logout undone is unmet, and leads to its finding and back', async () => {
    await open('/problems/logout-undone/');
    await pressInPage('Log in');
    await demo.page.click('[data-burst]');
    await demo.page.waitForFunction(() => document.querySelector('output')?.textContent?.includes('autosave →'));
    await showSheet();
    expect(await statuses()).toMatchObject({ '7.4.1': 'unmet', '7.2.4': 'not tested' });
    expect(await says('7.4.1')).toMatch(/autosave saved session [0-9a-f]{4} again, which #\d+ POST .*logout had ended/);
    await demo.panel.press('[data-requirement="7.4.1"]');
    await demo.panel.press('.requirement .about button');
    expect(await demo.panel.waitFor(/ended/, '.finding .lead')).toMatch(/its record is back/);
    await demo.panel.pressButton('‹ ASVS 5.0');
    expect((await statuses())['7.4.1']).toBe('unmet');
  });
});
