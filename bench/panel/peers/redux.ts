/** Redux DevTools: its store enhancer and its inspector, which its browser extension shows too. Its tab is *Diff*. */
import { createDevTools } from '@redux-devtools/core';
import { InspectorMonitor } from '@redux-devtools/inspector-monitor';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { createStore } from 'redux';
import type { Peer, Write } from './peer.ts';

type Action = { type: string } & Partial<Write>;

export function startRedux(root: HTMLElement): Peer {
  const DevTools = createDevTools(createElement(InspectorMonitor as never) as never);
  // Unbounded, as ours holds these writes: the extension keeps 50.
  const store = createStore(
    (state: Write['state'] = {}, { state: after }: Action) => after ?? state,
    (DevTools as unknown as { instrument: () => never }).instrument(),
  ) as unknown as {
    dispatch: (action: Action) => void;
    liftedStore: { dispatch: (action: object) => void; getState: () => { nextActionId: number } };
  };
  const write = (one: Write) => store.dispatch({ type: `set ${one.path}`, ...one });
  const show = (selectedActionId: number) =>
    store.liftedStore.dispatch({
      type: '@@redux-devtools-inspector-monitor/UPDATE_MONITOR_STATE',
      monitorState: { selectedActionId },
    });
  return {
    // Opened when all is there, its best: shown answer by answer it was not done after three minutes.
    receive(writes, more) {
      writes.forEach(write);
      if (!more) createRoot(root).render(createElement(DevTools as never, { store } as never));
    },
    append: write,
    select: (turn) => show(Math.floor(store.liftedStore.getState().nextActionId / 2) + turn * 7),
    sweep: (turn) => show(store.liftedStore.getState().nextActionId - 2 - turn),
  };
}
