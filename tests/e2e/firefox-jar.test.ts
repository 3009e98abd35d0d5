/** The browser's side of a cookie, as real Firefox's own jar gives it to the panel. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Firefox, launchFirefox } from '../browsers/firefox.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { until } from '../browsers/until.ts';
import { type JarApp, startJarApp } from './jar-app.ts';

describeIn('firefox')('the jar of Firefox', () => {
  let app: JarApp;
  let chips: JarApp;
  let firefox: Firefox;
  const state = mkdtempSync(join(tmpdir(), 'sessionscope-firefox-jar-'));

  beforeAll(async () => {
    vi.stubEnv('XDG_STATE_HOME', state);
    app = await startJarApp();
    chips = await startJarApp({ partitioned: true });
    // As a user's Firefox has it: each site's cookies are kept apart by the page that they are below.
    firefox = await launchFirefox({ prefs: { 'network.cookie.cookieBehavior': 5 } });
    await firefox.page.goto(`${app.origin}/plain`);
    await firefox.showPanel('Sessions');
  });
  afterAll(async () => {
    await firefox?.close();
    await app?.[Symbol.asyncDispose]();
    await chips?.[Symbol.asyncDispose]();
    rmSync(state, { recursive: true, force: true });
    vi.unstubAllEnvs();
  });

  const run = <T>(source: string) => firefox.evaluateIn<T>('/panel.html', source);
  const clear = () => run("() => void document.querySelector('[aria-label=Clear]').click()");
  /** What a step of the cookie path says, for the newest request. */
  const step = (name: string) =>
    run<string>(`() => {
      document.getElementById('tab-cookie')?.click();
      const step = [...document.querySelectorAll('.chain li')].find((one) => one.innerText.includes('${name}'));
      return step === undefined ? document.body.innerText : step.className + ': ' + step.title;
    }`);
  async function stepIs(name: string, words: RegExp, ms?: number): Promise<string> {
    let said = '';
    return until(
      async () => {
        said = await step(name);
        return words.test(said) ? said : undefined;
      },
      `${name} to say ${String(words)}`,
      ms,
    ).catch((error: Error) => {
      throw new Error(`${error.message}; it says: ${said}`);
    });
  }
  const openFrame = (src: string) =>
    firefox.page.evaluate(async (url) => {
      const frame = document.createElement('iframe');
      frame.src = url;
      document.body.append(frame);
      await new Promise((resolve) => frame.addEventListener('load', resolve));
    }, src);

  test('what the jar holds is read from it', async () => {
    await firefox.page.goto(`${app.origin}/visit`);
    await stepIs('browser', /^done: The browser's jar holds it: path \/ on 127\.0\.0\.1\.$/);
    const answer = () => run<string>("() => document.querySelector('.sending [role=status]').innerText");
    await until(
      async () => /Yes\.[\s\S]*same-site[\s\S]*From the browser's jar, as it is now\./.test(await answer()),
      'the panel to say that it will be sent',
    );
  });

  test('a Secure cookie, which Firefox sends to this machine over http, is found by what asks for the session', async () => {
    await using secure = await startJarApp({ secure: true });
    for (const origin of [secure.origin, secure.elsewhere]) {
      await firefox.page.goto(`${origin}/visit`);
      const found = await run<{ name: string; secure: boolean }[]>(`() => browser.runtime.sendMessage({
        ask: 'cookies', query: { url: '${origin}/visit', names: ['connect.sid'] },
        tabId: browser.devtools.inspectedWindow.tabId })`);
      expect(found).toMatchObject([{ name: 'connect.sid', secure: true }]);
    }
  });

  test.each([
    ['any cookie', () => app],
    ['a cookie of CHIPS', () => chips],
  ])('an app in a cross-site iframe, with %s: kept below that page alone, and said so', async (_what, of) => {
    await firefox.page.goto(`${app.elsewhere}/plain`);
    // On a busy machine Firefox reports nothing of a page or frame that another process has just taken over.
    await until(async () => {
      await clear();
      await openFrame(`${of().origin}/new`);
      return stepIs(
        'browser',
        /^done: The browser's jar holds it: path \/ on 127\.0\.0\.1, only below http:\/\/localhost/,
        5_000,
      );
    }, 'the panel to say what the jar holds');
    // The session is read with that cookie: its running requests and its past are this browser's.
    expect(await run('() => document.body.innerText')).toMatch(/GET \/new[\s\S]*saved/);
  });
});
