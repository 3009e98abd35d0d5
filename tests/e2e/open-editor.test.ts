/** A source line of the panel in real DevTools: paired, the server starts the developer's editor; else the link opens. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../scripts/project.ts';
import { type Chromium, launchChromium } from '../browsers/chromium.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { settle } from '../browsers/panel-rows.ts';
import { exchangeLabels, type PanelView, viewPanel } from '../browsers/panel-view.ts';
import { until } from '../browsers/until.ts';
import { type DemoProcess, startDemo } from '../panel/demo-process.ts';

describeIn('chromium')('a source line', () => {
  let folder: string;
  let started: string;
  let editor: string;
  let demo: DemoProcess;
  let chromium: Chromium;
  let panel: Frame;
  let view: PanelView;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sessionscope-editor-'));
    started = join(folder, 'arguments');
    editor = join(folder, 'editor');
    writeEditor(`printf '%s\\n' "$@" >> '${started}'`);
    demo = await startDemo({ env: { LAUNCH_EDITOR: editor } });
    chromium = await launchChromium();
    panel = await chromium.showPanel();
    view = viewPanel(panel);
    // Where a link leads: no editor of this machine takes it.
    await panel.evaluate(() => {
      window.open = (link) => {
        document.body.dataset['opened'] = String(link);
        return null;
      };
    });
  });
  afterAll(async () => {
    await chromium?.close();
    await demo?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const writeEditor = (script: string) => writeFileSync(editor, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const opened = () => panel.evaluate(() => document.body.dataset['opened']);

  /** Double clicks the source of the write; gives its file and line, as the panel names them. */
  async function openSource(): Promise<string> {
    await chromium.page.goto(`${demo.origin}/set_session/`);
    // The panel may be settled before it has been shown anything.
    const rows = await until(async () => {
      const found = await settle(panel);
      return found.some(({ cells }) => cells.join(' ').includes('GET /set_session/')) ? found : undefined;
    }, 'the request');
    await view.selectOperation(exchangeLabels(rows, 'GET /set_session/').number, 'set');
    const source = (await panel.waitForSelector('.timeline .row[aria-selected=true] button.source'))!;
    const title = await source.evaluate((element) => (element as HTMLElement).title);
    await source.click({ count: 2 });
    return title.split(' in ', 1)[0]!.split('\n', 1)[0]!;
  }

  const pathOf = (source: string) => join(ROOT, 'playground', source);

  test('not paired: the link opens, and no editor is started', async () => {
    const source = await openSource();
    const link = await until(opened, 'the link');
    expect(link).toMatch(/^vscode:\/\/file\/.+:\d+:\d+$/);
    expect(decodeURIComponent(link.slice('vscode://file'.length)).replace(/:\d+$/, '')).toBe(pathOf(source));
    expect(existsSync(started)).toBe(false);
  });

  test('paired: the editor is started with that file, and no link opens', async () => {
    await panel.evaluate(() => delete document.body.dataset['opened']);
    await view.pressButton('Pair…');
    await view.pressButton('Print a code in the terminal');
    const code = await until(() => /pairing code for [^:]+: ([A-Z0-9]{8})/.exec(demo.terminal())?.[1], 'the code');
    await panel.waitForSelector('#pairing-code');
    await panel.type('#pairing-code', code);
    await view.pressButton('Pair');
    await view.waitFor('paired', '.tools .link');
    await view.press('[aria-label="Clear"]');
    const source = await openSource();
    const words = await until(() => (existsSync(started) ? readFileSync(started, 'utf8') : undefined), 'the editor');
    expect(words).toContain(pathOf(source.replace(/:\d+$/, '')));
    expect(await opened()).toBeUndefined();
  });

  test('paired, and the editor fails: the link opens', async () => {
    writeEditor('exit 1');
    await view.press('[aria-label="Clear"]');
    await openSource();
    expect(await until(opened, 'the link')).toMatch(/^vscode:\/\/file\//);
  });
});
