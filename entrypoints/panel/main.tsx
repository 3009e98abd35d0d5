/** The panel in DevTools: model, transport and views, put together. */
import { effect, signal } from '@preact/signals';
import { render } from 'preact';
import browser from 'webextension-polyfill';
import { SessionsPanel } from '../../components/frame/SessionsPanel.tsx';
import type { PanelActions } from '../../components/frame/panel-actions.ts';
import { createPanelModel, createWorkbench, type KeptCookie, type PanelModel } from '../../model/index.ts';
import {
  DocumentWatch,
  Connector,
  expandValues,
  JarCheck,
  type JarFate,
  type SeenResponse,
  withoutValue,
  openSource,
} from '../../transport/index.ts';
import { createDevtoolsHost } from './devtools-host.ts';
import { harOf, headerlessOf } from './har-of.ts';
import { keepSettings } from './keep-settings.ts';
import { followSearch } from './search.ts';

/** Responses with a Set-Cookie: as many as the devtools page keeps. */
const MAX_FATES = 5_000;

/** Responses that wait for a companion to answer at their origin: a page with all its parts. */
const MAX_UNANSWERED = 500;

/** Responses without our header from where no companion has answered yet, by their key. */
const unanswered = new Map<string, SeenResponse>();

const model = createPanelModel();
const bench = createWorkbench();
const host = createDevtoolsHost();
const connector = new Connector({
  host,
  sink: {
    connection(change) {
      if ('pageOrigin' in change) ({ pageOrigin } = change);
      model.setConnection(change);
      if (change.companions === undefined) return;
      jarCheck.namesChanged();
      showUnanswered();
    },
    events: model.receive,
    session: model.setStoreReading,
  },
});

/** What the jar said of responses, by their key; an entry that is completed later keeps it. */
const fates = new Map<string, readonly (JarFate | undefined)[]>();
let pageOrigin: string | undefined;
const jarCheck = new JarCheck({
  host,
  names: () => connector.cookieNames,
  onFates(response, reported) {
    fates.set(response.key, reported);
    if (fates.size > MAX_FATES) fates.delete(fates.keys().next().value!);
    showResponse(response);
  },
  onChange: ({ cookie, removed, cause, at }) =>
    model.noteCookieChange({ cookie: withoutValue(cookie), removed, cause, at }),
});

function showResponse(response: SeenResponse): void {
  const har = harOf(response, fates.get(response.key), pageOrigin);
  if (har) model.seeHarEntry(har);
  // Chromium's entry may lack its headers at first: without those of the request nothing is said.
  else if (response.discovery === undefined && !response.hidesSetCookies && !response.fromCache) {
    if (connector.answersAt(response.origin)) model.seeHeaderless(headerlessOf(response));
    else if (unanswered.size < MAX_UNANSWERED) unanswered.set(response.key, response);
  }
}

/** A companion may answer at an origin after the first responses from there were seen. */
function showUnanswered(): void {
  for (const [key, response] of unanswered) {
    if (!connector.answersAt(response.origin)) continue;
    unanswered.delete(key);
    showResponse(response);
  }
}

/** Between two questions to the page: another client may be busy. */
const ASK_AGAIN_MS = 1_000;

/** The page says which of the requests that DevTools did not report are its own. */
function askThePage(): void {
  const isAsking = signal(false);
  const ask = async () => {
    isAsking.value = true;
    model.noteOwnRequests(await host.ownRequests());
    setTimeout(() => (isAsking.value = false), ASK_AGAIN_MS);
  };
  effect(() => {
    if (model.unplaced.value > 0 && !isAsking.value) void ask();
  });
}

/** How long it may take until the new document answers, once DevTools has reported that it is there. */
const SWAP_MS = 500;
let documentBegan: unknown;

/** The document that is there as the panel opens, so that a router's first change of the address makes none. */
async function knowDocument(): Promise<void> {
  const began = await host.documentBegan();
  documentBegan ??= began;
}

/** DevTools reports each change of the address, those of a router in the page too, of which the document stays. */
async function isAnotherDocument(): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, SWAP_MS));
  const began = await host.documentBegan();
  if (began === undefined || began === documentBegan) return false;
  documentBegan = began;
  return true;
}

followTheme();
const documents = new DocumentWatch({
  onDocument: model.noteNavigation,
  onKept({ url, at }) {
    if (connector.answersAt(new URL(url).origin)) model.noteCached({ url, at, by: 'back-forward' });
  },
});
host.onSeenSince(model.setSeenSince);
askThePage();
void knowDocument();
host.onResponse((response) => {
  model.noteReported(response.startedAt);
  showResponse(response);
  documents.see(response);
  void jarCheck.see(response);
});
host.onNavigated((url) => documents.navigated(url, { isAnother: isAnotherDocument() }));
await keepSettings(host, model, bench);
followSearch(model);
render(
  <SessionsPanel model={model} bench={bench} actions={createActions(model)} expandValues={expandValues} />,
  document.getElementById('root')!,
);
await connector.start();

function createActions({ connection, epochOf }: PanelModel): PanelActions {
  return {
    openSource(frame, epoch) {
      const server = epochOf(epoch);
      openSource(frame, {
        server,
        isPaired: connection.value.paired,
        editor: bench.editor.value,
        start: () => connector.openSource(frame, server?.epoch),
        follow: (link) => window.open(link),
      });
    },
    copy,
    async loadValue({ operation, part, path }, reveal) {
      const value = await connector.loadValue(operation, part, path, reveal);
      model.setLoaded(operation, part, path, value);
      return value;
    },
    fetchValue: ({ operation, part, path }) => connector.loadValue(operation, part, path),
    requestPermission: () => connector.requestPermission(),
    beginPairing: (epoch) => connector.beginPairing(epoch),
    completePairing: (code, epoch) => connector.completePairing(code, epoch),
    unpair: (epoch) => connector.unpair(epoch),
    readStore: (epoch, session) => connector.readStore(epoch, session),
    readJar,
    reloadPage: () => void browser.devtools.inspectedWindow.reload(),
  };
}

/** Without access every jar looks empty: then nothing is known. */
async function readJar(urls: readonly string[], name: string): Promise<KeptCookie[] | undefined> {
  const found: KeptCookie[] = [];
  for (const url of urls) {
    if (!URL.canParse(url) || !(await host.hasPermission(new URL(url).origin))) return undefined;
    const cookies = await host.keptCookies(url, [name]);
    if (cookies === undefined) return undefined;
    found.push(...cookies.map(withoutValue));
  }
  return [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
}

/** `navigator.clipboard` is refused in DevTools panels: the old way works in both browsers. */
function copy(text: string): void {
  const before = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
  // The field took the focus: keys continue where they were.
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
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
