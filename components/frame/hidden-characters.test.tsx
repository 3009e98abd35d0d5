/** Whatever a server writes, nothing of it hides in the panel: what cannot be seen is written out, in every view. */
import '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPanelModel, type PanelModel, TABS, loadDeferred } from '../../model/index.ts';
import { createRecording } from '../../model/recording/recording.cases.ts';
import { SessionsPanel } from './SessionsPanel.tsx';

await loadDeferred();

/** Turns what follows it around: a name with it in passes for another. */
const OVERRIDE = '\u202e';
const hidden = (text: string) => `${text.slice(0, 2)}${OVERRIDE}${text.slice(2)}`;

let root: HTMLElement;
let model: PanelModel;

beforeAll(async () => {
  root = document.body.appendChild(document.createElement('div'));
  model = createPanelModel();
  const recording = createRecording();
  recording.epochStarted({
    project: hidden('shop'),
    runtime: hidden('node 24'),
    partial: hidden('one of several'),
    server: { name: hidden('web'), port: 3000 },
    middlewares: [
      {
        library: hidden('express-session'),
        libraryVersion: hidden('1.19'),
        cookieNames: [hidden('sid')],
        store: hidden('RedisStore'),
        settings: { [hidden('name')]: hidden("'sid'") },
      },
    ],
  });
  const source = { frames: [{ file: hidden('app.ts'), line: 4, kind: 'app' as const, function: hidden('add') }] };
  const cookie = { name: hidden('sid'), sent: 2, fingerprint: 'a11ce0000000', signature: 'valid' } as const;
  for (const path of ['/first', '/second']) {
    const exchange = recording.start(hidden(path), { method: hidden('GET'), cookie });
    exchange.load({
      [hidden('same')]: 1,
      [hidden('key')]: { [hidden('inner')]: [path, 1, 2] },
      [hidden('list')]: [path, path],
    });
    exchange.set(hidden('key'), { [hidden('inner')]: [2, path], [hidden('other')]: hidden(path) }, { source });
    exchange.operation('set', { path: [hidden('key'), hidden('deep')], after: 1, inferred: true, source });
    const verdict = {
      record: { outcome: 'failed', text: hidden('Because.'), setting: hidden('resave'), fix: hidden('Fix it.') },
      cookie: { outcome: 'not-set', text: hidden('Because.'), setting: hidden('secure'), fix: hidden('Fix it.') },
    } as const;
    exchange.save({}, { outcome: 'error', error: { name: hidden('Error'), message: hidden('no') }, source });
    recording.fault(exchange.id, hidden('a hook failed'));
    exchange.finish({ verdict, faults: 1 });
    model.seeHarEntry({
      exchanges: [exchange.id],
      url: `http://${path.slice(1)}.test/${hidden('x')}`,
      method: hidden('GET'),
      status: 200,
      startedAt: 0,
      durationMs: 1,
      fromCache: false,
      resourceType: hidden('fetch'),
      setCookies: [{ name: hidden('sid'), valueLength: 4, attributes: `; Path=${hidden('/p')}` }],
      sentCookies: [
        { name: hidden('sid'), path: hidden('/p'), domain: hidden('a.test') },
        { name: hidden('sid'), path: '/', domain: 'a.test' },
      ],
    });
  }
  recording.fault(null, hidden('a hook failed'));
  model.receive(recording.events);
  model.setConnection({
    pageOrigin: 'http://localhost:3000',
    hello: 'ok',
    stream: 'broken',
    streamFault: hidden('it broke'),
    companion: { project: hidden('shop'), runtime: hidden('node'), libraries: [hidden('express')], app: 'app' },
  });
  await act(() => render(<SessionsPanel model={model} actions={{ copy() {} }} expandValues={(all) => all} />, root));
  await act(() => model.setAllExpanded(true));
});
afterAll(() => {
  render(null, root);
  root.remove();
});

/** Each text and attribute of the document in which something hides. */
const hiding = (): string[] =>
  [...root.querySelectorAll('*')].flatMap((element) => {
    const attributes = [...element.attributes].filter(({ name }) => name !== 'value');
    const texts = [...element.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE);
    return [
      ...attributes.map(({ name, value }) => `${name}: ${value}`),
      ...texts.map((text) => text.nodeValue!),
    ].filter((text) => text.includes(OVERRIDE));
  });

test.each(TABS)('nothing hides in the tab %s', async (tab) => {
  const [first, second] = model.visible.value;
  await act(() => {
    model.select({ exchange: first!.id, index: 1 });
    model.mark();
    model.select({ exchange: second!.id, index: 3 });
    model.selectedPath.value = [hidden('key')];
    model.diffBase.value = 'previous';
    model.tab.value = tab;
  });
  expect(root.textContent).toContain('\\u202e');
  expect(hiding()).toEqual([]);
});

test('nothing hides in the connection, its menu, and a value that is viewed', async () => {
  await act(() => root.querySelector<HTMLElement>('[title^="Connection:"]')!.click());
  expect(hiding()).toEqual([]);
  await act(() => root.querySelector<HTMLElement>('[title^="Connection:"]')!.click());
  await act(() => {
    model.tab.value = 'state';
  });
  for (const selector of ['[aria-label="More actions"]', '[aria-label="More"]']) {
    await act(() => root.querySelector<HTMLElement>(selector)!.click());
    expect(hiding()).toEqual([]);
  }
});
