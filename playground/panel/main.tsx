/** The panel as a plain page: a state by URL, fed by a recording. */
import { render } from 'preact';
import { Panel } from '../../components/frame/Panel.tsx';
import type { PanelActions } from '../../components/frame/panel-actions.ts';
import { createPanelModel, type DiffBase, DIFF_BASES, loadDeferred, type Tab, TABS } from '../../model/index.ts';
import { MADE_UP_AT } from './made-up.ts';
import type { Recording } from './recording.ts';
import { manyEvents, painted, selectMoment, STATES } from './states.ts';

const RECORDINGS = import.meta.glob<Recording>('./recordings/*.json', { import: 'default' });

const query = new URLSearchParams(location.search);
const theme = query.get('theme');
if (theme !== null) document.documentElement.dataset['theme'] = theme === 'dark' ? 'dark' : 'light';

const root = document.getElementById('root')!;
async function show(name: string): Promise<void> {
  const state = STATES[name];
  if (state === undefined) {
    root.textContent = `There is no state ${name}. The list of all of them is at ./`;
    return;
  }
  const recording =
    state.recording === undefined ? undefined : await RECORDINGS[`./recordings/${state.recording}.json`]!();
  performance.mark('load');
  const model = createPanelModel({
    now: () => recording?.endedAt ?? MADE_UP_AT,
    ...(state.maxEvents === undefined ? {} : { maxEvents: state.maxEvents }),
  });
  model.setConnection({ ...recording?.connection, ...state.connection });
  if (recording !== undefined) {
    const count = Number(query.get('count') ?? 0);
    const events = count > 0 ? manyEvents(recording.events, count) : recording.events;
    if (state.feed) state.feed(model, events);
    else model.receive(events);
    for (const response of recording.responses) model.seeHarEntry(response);
    if (recording.store) model.setStoreReading(recording.store);
  } else state.feed?.(model, []);
  model.tab.value = choose<Tab>(query.get('tab'), TABS) ?? state.tab ?? 'state';
  model.diffBase.value = choose<DiffBase>(query.get('base'), DIFF_BASES) ?? state.base ?? 'exchange';
  state.prepare?.(model, recording ?? { events: [], responses: [], connection: {}, endedAt: 0 });
  const at = query.get('at') ?? state.at;
  if (at !== undefined) selectMoment(model, at);
  render(<Panel model={model} actions={ACTIONS} />, root);
  // For who drives this page: what comes next is given to the model as the connector gives it.
  Object.assign(globalThis, { panelModel: model, recording, manyEvents });
  await painted();
  performance.measure('shown', 'load');
  if (query.get('view') === 'detail')
    root.querySelector('.timeline')?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
  await state.act?.(root);
  await painted();
}

function choose<T extends string>(text: string | null, names: readonly T[]): T | undefined {
  return names.find((name) => name === text);
}

/** A page has no server behind it: what would need one says so. */
const nobody = (what: string) => () => Promise.reject(new Error(`${what} This is a recording: nobody answers.`));

const ACTIONS: PanelActions = {
  openSource: ({ file, line }) => console.info(`open ${file}:${line}`),
  copy: (text) => void navigator.clipboard?.writeText(text).catch(() => undefined),
  loadValue: nobody('The rest is on the server.'),
  requestPermission: () => Promise.resolve(),
  beginPairing: () => Promise.resolve({ expiresInMs: 120_000 }),
  completePairing: () => Promise.reject(new Error('That is not the code. 4 tries are left.')),
  readStore: () => Promise.resolve(),
  reloadPage: () => location.reload(),
};

// Of a page that is looked at for a moment, nothing is to come later.
await loadDeferred();
await show(query.get('state') ?? 'timeline');
// For who drives this page: all is said and done.
document.documentElement.dataset['ready'] = 'true';
