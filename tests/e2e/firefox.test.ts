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

  const words = () => firefox.evaluateIn<string>('/panel.html', '() => document.body.innerText');

  test('an exchange with its operations, their lines, the verdict and the cookie', async () => {
    await firefox.page.goto(`${demo.origin}/`);
    await firefox.showPanel('Sessions');
    await until(async () => (await words()).includes('Listening'), 'the companion to be found', 30_000);
    await firefox.page.goto(`${demo.origin}/set_session/`);
    const all = await until(async () => {
      const text = await words();
      return text.includes('/set_session/') && text.includes('save') ? text : undefined;
    }, 'the exchange');
    expect(all).toMatch(/set\s+username\s+absent → "john_doe"\s+express\/session-pages\.ts:11/);
    expect(all).toMatch(/saved\s+set/);
    await firefox.evaluateIn('/panel.html', "() => void document.getElementById('tab-cookie').click()");
    expect(
      await until(async () => ((await words()).includes('Three clocks') ? words() : undefined), 'the tab'),
    ).toMatch(/Set-Cookie/);
  });
});
