/** The panel in DevTools: model, transport and views, put together. */
import { render } from 'preact';
import browser from 'webextension-polyfill';
import { Panel } from '../../components/Panel.tsx';
import type { PanelActions } from '../../components/panel-actions.ts';
import { createPanelModel, type PanelModel } from '../../model/index.ts';
import { Connector } from '../../transport/index.ts';
import { createDevtoolsHost } from './devtools-host.ts';
import { harOf } from './har-of.ts';
import { editorLink } from './open-source.ts';

const model = createPanelModel();
const host = createDevtoolsHost();
const connector = new Connector({
  host,
  sink: {
    connection: model.setConnection,
    events: model.receive,
    session: model.setStoreReading,
  },
});

followTheme();
host.onResponse((response) => {
  const har = harOf(response);
  if (har) model.seeHarEntry(har);
});
host.onNavigated(model.noteNavigation);
render(<Panel model={model} actions={createActions(model)} />, document.getElementById('root')!);
await connector.start();

function createActions({ epoch }: PanelModel): PanelActions {
  return {
    openSource(frame) {
      const link = editorLink(frame, epoch.value?.root);
      if (link !== undefined) window.open(link);
    },
    copy,
    async loadValue({ operation, part, path }, reveal) {
      model.setLoaded(operation, part, path, await connector.loadValue(operation, part, path, reveal));
    },
    requestPermission: () => connector.requestPermission(),
    beginPairing: () => connector.beginPairing(),
    completePairing: (code) => connector.completePairing(code),
    readStore: () => connector.readStore(),
    reloadPage: () => void browser.devtools.inspectedWindow.reload(),
  };
}

/** `navigator.clipboard` is refused in DevTools panels: the old way works in both browsers. */
function copy(text: string): void {
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

/** DevTools has a theme of its own, which may differ from the system's. */
function followTheme(): void {
  const { panels } = browser.devtools;
  const apply = (name: string) => {
    document.documentElement.dataset['theme'] = name === 'dark' ? 'dark' : 'light';
  };
  apply(panels.themeName);
  // Firefox has an event; Chromium 99 and later a handler that the polyfill does not know.
  const chromium = panels as typeof panels & { setThemeChangeHandler?: (handler: (name: string) => void) => void };
  if (chromium.setThemeChangeHandler) chromium.setThemeChangeHandler(apply);
  else panels.onThemeChanged?.addListener(apply);
}
