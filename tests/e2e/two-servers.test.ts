/** One tab, two servers: each is distinguished, and the panel pairs with the one that is meant, whichever page is open. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Chromium, launchChromium } from '../browsers/chromium.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { settle } from '../browsers/panel-rows.ts';
import { type PanelView, viewPanel } from '../browsers/panel-view.ts';
import { until } from '../browsers/until.ts';
import { type DemoProcess, startDemo } from '../panel/demo-process.ts';

describeIn('chromium')('two servers in one tab', () => {
  let first: DemoProcess;
  let second: DemoProcess;
  let chromium: Chromium;
  let view: PanelView;

  beforeAll(async () => {
    [first, second] = await Promise.all([startDemo(), startDemo({ script: 'django-sessions/main.ts' })]);
    chromium = await launchChromium();
    view = viewPanel(await chromium.showPanel());
    // The page that is open is the first one's.
    await chromium.page.goto(`${second.origin}/set_session/`);
    await view.waitForExchange('GET /set_session/');
    await chromium.page.goto(`${first.origin}/set_session/`);
    await settle(view.frame);
  });
  afterAll(async () => {
    await chromium?.close();
    await first?.[Symbol.asyncDispose]();
    await second?.[Symbol.asyncDispose]();
  });

  /** What the connection view says of the server at this origin. */
  const textOf = (origin: string) =>
    view.frame.evaluate(
      (at) =>
        [...document.querySelectorAll<HTMLElement>('.connection-view li')].find(({ innerText }) =>
          innerText.includes(at),
        )?.innerText ?? '',
      origin,
    );
  const pressOf = (origin: string, words: string) =>
    view.frame.evaluate(
      (at, wanted) => {
        const line = [...document.querySelectorAll<HTMLElement>('.connection-view li')].find(({ innerText }) =>
          innerText.includes(at),
        )!;
        [...line.querySelectorAll('button')].find(({ innerText }) => innerText.trim() === wanted)!.click();
      },
      origin,
      words,
    );

  test('both are there, each row says whose it is, and each server has its own pairing', async () => {
    for (const { origin } of [first, second]) await view.waitFor(`:${new URL(origin).port}`, '.timeline');
    await view.press('.tools .link');
    await view.waitFor('All servers of this tab', '.connection-view');
    expect(await textOf(first.origin)).toContain('not paired');
    expect(await textOf(second.origin)).toContain('not paired');

    await pressOf(second.origin, 'Pair');
    await view.pressButton('Print a code in the terminal');
    await view.frame.waitForSelector('#pairing-code');
    const codeOf = (demo: DemoProcess) => /pairing code for [^:]+: ([A-Z0-9]{8})/.exec(demo.terminal())?.[1];
    const code = await until(() => codeOf(second), 'the code of the second');
    expect(codeOf(first)).toBeUndefined();
    await view.frame.type('#pairing-code', code);
    await view.pressButton('Pair');

    // What another client does is seen of the one, and not of the other.
    await until(async () => {
      await fetch(`${first.origin}/get_session/?of=the-first`);
      await fetch(`${second.origin}/login/`);
      return (await view.text('.timeline')).includes('GET /login/');
    }, 'the other client at the second');
    await view.press('.tools .link');
    await view.waitFor('All servers of this tab', '.connection-view');
    expect(await textOf(second.origin)).toMatch(/(?<!not )paired/);
    expect(await textOf(first.origin)).toContain('not paired');
    expect(await view.text('.timeline')).not.toContain('GET /get_session/');

    await pressOf(second.origin, 'Unpair');
    await until(async () => (await textOf(second.origin)).includes('not paired'), 'it to be unpaired');
  });
});
