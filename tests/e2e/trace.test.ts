/** A trace from one developer to another: saved in DevTools beside the demo, opened in another browser with no server. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ElementHandle } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../scripts/project.ts';
import { launchChromium } from '../browsers/chromium.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { settle } from '../browsers/panel-rows.ts';
import { type PanelView, viewPanel } from '../browsers/panel-view.ts';
import { until } from '../browsers/until.ts';
import { startDemo } from '../panel/demo-process.ts';

describeIn('chromium')('a trace in Chromium', () => {
  let folder: string;
  let path: string;
  let text: string;

  const choose = async (panel: PanelView, item: string) => {
    await panel.press('.tools .more');
    await panel.waitFor(item, '[role=menu]');
    await panel.frame.evaluate((wanted) => {
      const items = [...document.querySelectorAll<HTMLElement>('[role=menu] [role^=menuitem]')];
      items.find(({ innerText }) => innerText.includes(wanted))!.click();
    }, item);
  };

  const upload = async (panel: PanelView, file: string) =>
    ((await panel.frame.waitForSelector('input[type=file]')) as ElementHandle<HTMLInputElement>).uploadFile(file);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sessionscope-trace-'));
    await using demo = await startDemo();
    await using chromium = await launchChromium();
    const downloads = await chromium.browser.target().createCDPSession();
    await downloads.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: folder });
    const panel = viewPanel(await chromium.showPanel());
    const { page } = chromium;
    await page.goto(`${demo.origin}/problems/lost-update/?token=in-the-query`);
    await page.click('[data-burst]');
    await page.waitForFunction(() => document.querySelector('output')?.textContent?.includes('coupon →'));
    await settle(panel.frame);
    const secrets = (await page.cookies()).map(({ value }) => value);
    await choose(panel, 'Save as a trace');
    const name = await until(() => readdirSync(folder).find((file) => file.endsWith('.json')), 'the file');
    path = join(folder, name);
    text = readFileSync(path, 'utf8');
    expect(secrets.length).toBeGreaterThan(0);
    for (const secret of secrets) expect(text).not.toContain(secret);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is named by project and time, and holds no query', () => {
    expect(path).toMatch(/sessions-[\w-]+-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.json$/);
    expect(JSON.parse(text)).toMatchObject({ format: 'sessionscope-trace', v: 1 });
    expect(text).not.toContain('in-the-query');
  });

  test('opens where there is no server, from the menu or dropped: what was found is found again, nothing is asked of anyone', async () => {
    await using chromium = await launchChromium();
    const panel = viewPanel(await chromium.showPanel());
    await panel.frame.waitForSelector('input[type=file]');
    // A panel with nothing recorded has the menu too. What a browser shows then is its own window, which no test sees.
    await panel.frame.evaluate(() => {
      const input = document.querySelector('input[type=file]')!;
      input.addEventListener('click', () => input.setAttribute('data-asked', ''), { once: true });
    });
    await choose(panel, 'Open a trace');
    await panel.frame.waitForSelector('input[type=file][data-asked]');
    await upload(panel, path);
    await panel.waitFor('No server is behind it.');
    expect(await panel.text('.list')).toContain('Lost update');
    await panel.press('#tab-findings');
    await panel.waitFor(/erased cart\.items\[1\]/, '.tab-body');
    await panel.pressButton('ASVS 5.0');
    expect(await panel.waitFor(/from \d+ requests/, '.tab-body')).toMatch(/met\s+3\.3\.2 SameSite by purpose/);
    expect(await panel.text('.tools')).not.toMatch(/Pair|Live|Not connected/);

    await panel.pressButton('Close trace');
    await panel.frame.waitForSelector('.empty');

    await panel.frame.evaluate((content) => {
      const data = new DataTransfer();
      data.items.add(new File([content], 'dropped.json', { type: 'application/json' }));
      const event = (type: string) => new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
      const panelElement = document.querySelector('.panel')!;
      panelElement.dispatchEvent(event('dragover'));
      panelElement.dispatchEvent(event('drop'));
    }, text);
    await panel.waitFor('dropped.json');
    expect(await panel.text('.list')).toContain('Lost update');
  });

  test('a file that is none says so, and the panel goes on', async () => {
    await using chromium = await launchChromium();
    const panel = viewPanel(await chromium.showPanel());
    await upload(panel, join(ROOT, 'package.json'));
    await panel.waitFor('package.json was not opened. It is not a trace');
  });
});
