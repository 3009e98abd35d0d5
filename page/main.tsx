/** The panel as a page of its own, fed by the server of `npx sessionscope ui`: model, transport and views, put together. */
import { effect } from '@preact/signals';
import { render } from 'preact';
import { SessionsPanel } from '../components/frame/SessionsPanel.tsx';
import type { PanelActions } from '../components/frame/panel-actions.ts';
import { createPanelModel, createWorkbench, restoreSettings, settingsText } from '../model/index.ts';
import { Connector, expandValues, openSource } from '../transport/index.ts';
import { createPageHost } from './page-host.ts';
import { openServer, type PageServer } from './page-server.ts';

const SETTINGS_KEY = 'sessionscope-settings';

const root = document.getElementById('root')!;
try {
  await show(await openServer());
} catch (error) {
  const words = (error as Error).message;
  render(<p class="closed">{words}</p>, root);
}

async function show({ appUrl, fetch, checkPairing }: PageServer): Promise<void> {
  document.title = `Sessions of ${new URL(appUrl).host}`;
  const model = createPanelModel();
  const bench = createWorkbench();
  model.setSeenSince('never');
  const connector = new Connector({
    host: createPageHost(appUrl),
    sink: { connection: model.setConnection, events: model.receive, session: model.setStoreReading },
    fetch,
    checkPairing,
  });
  restoreSettings(localStorage.getItem(SETTINGS_KEY) ?? undefined, model, bench);
  // There is no tab here whose requests they could be.
  model.scope.value = 'all';
  effect(() => localStorage.setItem(SETTINGS_KEY, settingsText(model, bench)));
  const actions: PanelActions = {
    openSource: (frame, epoch) => {
      const server = model.epochOf(epoch);
      openSource(frame, {
        server,
        isPaired: model.connection.value.paired,
        editor: bench.editor.value,
        start: () => connector.openSource(frame, server?.epoch),
        // In a tab of its own: where no editor takes it, the panel stays.
        follow: (link) => window.open(link),
      });
    },
    copy: (text) => void navigator.clipboard.writeText(text).catch(() => undefined),
    async loadValue({ operation, part, path }, reveal) {
      const value = await connector.loadValue(operation, part, path, reveal);
      model.setLoaded(operation, part, path, value);
      return value;
    },
    fetchValue: ({ operation, part, path }) => connector.loadValue(operation, part, path),
    beginPairing: () => connector.beginPairing(),
    completePairing: (code) => connector.completePairing(code),
    readStore: (epoch, session) => connector.readStore(epoch, session),
  };
  render(<SessionsPanel model={model} bench={bench} actions={actions} expandValues={expandValues} />, root);
  await connector.start();
}
