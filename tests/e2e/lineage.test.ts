/** The lineage in the real panel: a login and a logout on the demo, in two tabs, read row by row. */
import { beforeEach, expect, test } from 'vitest';
import { useDemoPanel } from '../browsers/demo-panel.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { settle } from '../browsers/panel-rows.ts';
import { exchangeLabels } from '../browsers/panel-view.ts';

describeIn('chromium')('the lineage in Chromium', () => {
  const demo = useDemoPanel();
  const { open, pressInPage } = demo;
  beforeEach(async () => {
    await demo.panel.press('.live-button');
    await demo.panel.expandAll();
  });

  const rows = () =>
    demo.panel.frame.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('.lineage-row')].map((row) =>
        row.innerText.replaceAll(/\s+/g, ' ').trim(),
      ),
    );

  test('from the first request over the login to the logout, another tab beside it', async () => {
    await open('/cart/');
    await demo.page.evaluate(async () => {
      const body = new URLSearchParams({ sku: 'TEA-01' });
      await fetch('/cart/add/', { method: 'POST', body, redirect: 'manual' });
    });
    await settle(demo.panel.frame);
    await open('/login/');
    await demo.page.waitForSelector('form');
    await pressInPage('Log in');
    const second = await demo.page.browser().newPage();
    await second.goto(`${demo.origin}/get_session/?in=another-tab`);
    await second.close();
    await open('/login/');
    await pressInPage('Log out');
    const all = await settle(demo.panel.frame);
    const made = exchangeLabels(all, 'POST /cart/add/');
    const login = exchangeLabels(all, 'POST /login/');
    const logout = exchangeLabels(all, 'POST /logout/');
    const other = exchangeLabels(all, 'GET /get_session/');
    const [before, after] = [made.session!.replace('→ ', ''), login.session!.replace(/.* → /, '')];

    await demo.panel.selectOperation(logout.number, 'destroy');
    await demo.panel.press('#tab-lineage');
    // That DevTools does not report a request is known some time after it has ended.
    await demo.panel.waitFor(/another tab or client[\s\S]*ended by/, '.lineage-rows');
    const drawn = await rows();
    expect(drawn[0]).toMatch(new RegExp(`^${before} made by #${made.number} POST /cart/add/ .*this tab$`));
    const rotation = drawn.find((row) => row.includes('replaced the key'));
    expect(rotation).toMatch(
      new RegExp(
        `^${after} replaced the key ${before} in #${login.number} POST /login/ \\(regenerate\\) .*account-pages\\.ts:\\d+`,
      ),
    );
    expect(drawn.join('\n')).toMatch(new RegExp(`username "[^"]+".* since #${login.number} POST /login/`));
    expect(drawn.find((row) => row.includes(`#${other.number}`))).toMatch(
      new RegExp(`^brought by #${other.number} another tab or client$`),
    );
    expect(drawn.at(-1)).toMatch(
      new RegExp(`^ended by #${logout.number} POST /logout/ \\(destroy\\) .*account-pages\\.ts:\\d+`),
    );

    // A number leads to its request.
    await demo.panel.frame.evaluate((number) => {
      const found = [...document.querySelectorAll<HTMLElement>('.lineage-row .num')].find(
        ({ innerText }) => innerText === `#${number}`,
      );
      found!.click();
    }, other.number);
    expect(await demo.panel.waitFor(`#${other.number}`, '.moment .where')).toContain('/get_session/');
    // The row of an event leads to its operation.
    await demo.panel.frame.evaluate(() => {
      const lines = [...document.querySelectorAll<HTMLElement>('.lineage-row button.line')];
      lines.find(({ innerText }) => innerText.includes('replaced the key'))!.click();
    });
    expect(await demo.panel.waitFor('regenerate', '.moment .where')).toContain('/login/');
  });
});
