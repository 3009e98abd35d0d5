/**
 * The devtools page: lives as long as DevTools does, so it sees every response from the moment DevTools opens and
 * keeps them for a panel that may be opened later.
 */
import browser from 'webextension-polyfill';
import { createHarLog, type HarEntry } from '../../transport/index.ts';
import { harChannel, type HarMessage } from '../panel/har-channel.ts';

interface SearchEvent {
  addListener(listener: (action: string, query?: string) => void): void;
}

const { network, panels, inspectedWindow } = browser.devtools;

/** Nothing from before is ever reported. */
const since = Date.now();
const channel = harChannel(inspectedWindow.tabId);
const post = (message: HarMessage) => channel.postMessage(message);

const log = createHarLog({
  getEntries: async () => ((await network.getHAR()) as unknown as { entries: HarEntry[] }).entries,
  onSeen: (response) => post({ type: 'seen', responses: [response] }),
});

network.onRequestFinished.addListener((request) => log.add(request as unknown as HarEntry));
network.onNavigated.addListener((url) => post({ type: 'navigated', url }));
channel.addEventListener('message', ({ data }: MessageEvent<HarMessage>) => {
  if (data.type === 'panel-opened') post({ type: 'seen', responses: log.kept(), since });
});

const panel = await panels.create('Sessions', '/icon/32.png', '/panel.html');
panel.onShown.addListener(() => post({ type: 'shown' }));
// Firefox has no search in panels.
(panel as { onSearch?: SearchEvent }).onSearch?.addListener((action, query = '') =>
  post({ type: 'search', action, query }),
);
