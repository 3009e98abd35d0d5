/** One peer's panel as a page: `?state=redux` or `?state=tanstack`. */
import type { Peer } from './peer.ts';
import { startRedux } from './redux.ts';
import { startTanstack } from './tanstack.ts';

const root = document.getElementById('root')!;
const name = new URLSearchParams(location.search).get('state');
const peer: Peer = name === 'redux' ? startRedux(root) : startTanstack(root);
Object.assign(globalThis, { peer });
document.documentElement.dataset['ready'] = '';
