/** The server that this page comes from: who may ask it, and a companion's calls through it. */
import type { PairingCheck } from '../transport/index.ts';

/** Of this tab, and of this origin with its port: a page that is reloaded stays open. */
const KEY = 'sessionscope-page-key';

export interface PageServer {
  /** URL of the app's page. */
  appUrl: string;
  /** As `fetch`, for the calls of a companion: the server passes them on. */
  fetch: typeof fetch;
  /** Whether that place proved the pairing, which the server holds. */
  checkPairing(address: { origin: string }): Promise<PairingCheck>;
}

/** @throws Error with words for people where neither a link nor a key opens it. */
export async function openServer(): Promise<PageServer> {
  const link = location.hash.slice(1);
  // In no history, and in no address that somebody copies.
  if (link !== '') history.replaceState(null, '', location.pathname);
  const key = link === '' ? sessionStorage.getItem(KEY) : await enter(link);
  if (key === null)
    throw new Error('Open the link that npx sessionscope ui prints. It works once, in one browser tab.');
  const post = async (path: string, body: BodyInit, signal?: AbortSignal | null): Promise<Response> => {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sessionscope-page': key },
      body,
      ...(signal ? { signal } : {}),
    });
    // The server could not reach the companion: to the panel that is no answer at all.
    if (response.status === 502) throw new TypeError('no connection');
    return response;
  };
  const answer = await post('/app', '{}');
  if (!answer.ok) {
    sessionStorage.removeItem(KEY);
    throw new Error('This page was opened by a command that has ended. Open the link that the new one prints.');
  }
  sessionStorage.setItem(KEY, key);
  const { url: appUrl } = (await answer.json()) as { url: string };
  const { origin: appOrigin } = new URL(appUrl);
  const listenerOf = (origin: string) => (origin === appOrigin ? 'app' : 'direct');
  return {
    appUrl,
    fetch(input, init) {
      const { origin, pathname } = new URL(String(input));
      return post(`/${listenerOf(origin)}/${pathname.split('/').at(-1)}`, init?.body ?? '{}', init?.signal);
    },
    async checkPairing({ origin }) {
      const checked = await post(`/${listenerOf(origin)}/check`, '{}');
      const { pairing } = (await checked.json()) as { pairing: 'paired' | 'not-paired' | 'impostor' };
      return pairing === 'paired' ? { ok: true, pairing: PROVEN_BY_SERVER } : { ok: false, why: pairing };
    },
  };
}

/** The server adds the proof to each call, and renews it. */
const PROVEN_BY_SERVER = { id: 'page', headers: async () => ({}), renew: async () => false };

async function enter(link: string): Promise<string> {
  const response = await fetch('/enter', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ link }),
  });
  if (!response.ok)
    throw new Error('This link was used already, or is too old. Press Enter in the terminal for another one.');
  return ((await response.json()) as { key: string }).key;
}
