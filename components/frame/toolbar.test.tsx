import '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Connection, createPanelModel, createWorkbench, type PanelModel } from '../../model/index.ts';
import { BenchProvider } from './panel-context.ts';
import { Toolbar } from './Toolbar.tsx';

let root: HTMLElement;
let model: PanelModel;

beforeEach(async () => {
  root = document.body.appendChild(document.createElement('div'));
  model = createPanelModel();
  const rest = {
    onPair: undefined,
    onHelp() {},
    onConnection() {},
    isConnectionOpen: false,
    openMenu() {},
    onSessions() {},
  };
  await act(() =>
    render(
      <BenchProvider value={createWorkbench()}>
        <Toolbar model={model} {...rest} traces={undefined} />
      </BenchProvider>,
      root,
    ),
  );
});
afterEach(() => {
  render(null, root);
  root.remove();
});

/** Word and look of the connection's button. */
const shown = async (connection: Partial<Connection>, isPaused = false) => {
  await act(() => {
    model.setConnection(connection);
    model.setPaused(isPaused);
  });
  const light = root.querySelector('.link .live')!;
  return `${light.textContent} (${['paused', 'off'].find((name) => light.classList.contains(name)) ?? 'green'})`;
};

test.each<[string, Partial<Connection>, boolean, string]>([
  ['events come', { stream: 'live' }, false, 'Live (green)'],
  ['paused, nothing is live', { stream: 'live' }, true, 'Paused (paused)'],
  ['paused, a lost connection is lost', { stream: 'broken' }, true, 'Connection lost (off)'],
  ['a server at a breakpoint', { stream: 'live', isSilent: true }, false, 'Silent (paused)'],
  ['lost', { stream: 'broken' }, false, 'Connection lost (off)'],
  ['nothing tried yet', { stream: 'untried' }, false, 'Not connected (off)'],
])('%s', async (_what, connection, isPaused, words) => {
  expect(await shown(connection, isPaused)).toBe(words);
});

test.each([
  ['the companion`s own port, not that of the proxy before it', 'http://localhost:5173', 'http://127.0.0.1:3000'],
  ['an address of IPv6 with its brackets', 'http://[::1]:47460', 'http://[::1]:47460'],
])('names %s', async (_what, helloOrigin, at) => {
  const companion = { project: 'shop', runtime: 'node 24', libraries: ['express-session'], app: 'app-1' };
  const server = { ...companion, origins: [helloOrigin], at, epochs: [], stream: 'live', paired: false } as const;
  const companions = [{ ...server, isDirect: true, isOfPage: true }];
  const words = await shown({ stream: 'live', hello: 'ok', helloOrigin, companion, companions });
  expect(words).toBe(`Live express-session · ${at.replace('http://', '')} (green)`);
});
