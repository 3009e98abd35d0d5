/**
 * Calls a companion in the name of the page: it says hello, proves the pairing for each call, and gives neither key nor
 * token to the page. It asks two listeners and no other: the app that the command was started for, and the direct listener
 * that this app's companion named, on loopback.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import {
  type CallName,
  helloAnswer,
  pairAnswer,
  parse,
  parseDiscovery,
  PROOF_HEADER,
} from '../../../../../protocol/index.ts';
import { keyIdOf, keyOf } from '../../core/endpoint/paired-keys.ts';
import { companionProof, panelMac } from '../../core/endpoint/proof.ts';
import { pairAsUser } from './own-pairing.ts';

/**
 * To companions this is an extension that they don't know: it may say hello and pair, and the rest with a proof.
 * The letters are those of no extension: the SHA-256 of nothing, as Chromium would write it.
 */
export const UI_ORIGIN = 'chrome-extension://odlameecjipmbmbejkplpemijjgpljce';
const DEFAULT_PATH = '/__sessionscope__';
/** What the page gets in place of the token, of its form. */
const KEPT_HERE = 'kept-by-sessionscope-ui'.padEnd(43, '_');
const FIND_TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

export const LISTENERS = ['app', 'direct'] as const;
export type ListenerName = (typeof LISTENERS)[number];

interface EndpointAddress {
  origin: string;
  path: string;
}

/** A listener that has shown that it holds our key. */
interface Proven {
  nonce: string;
  count: number;
}

export type Paired = 'paired' | 'not-paired' | 'impostor';

export interface CompanionRelay {
  /** Sends a call; the answer is to be passed on. Rejects where nothing answers. */
  call(listener: ListenerName, call: CallName, body: string, signal: AbortSignal): Promise<Response>;
  /** Whether this listener has our key and proved it. */
  check(listener: ListenerName, signal: AbortSignal): Promise<Paired>;
  /** Takes back what was written for this command. */
  close(): Promise<void>;
}

const isLoopbackOrigin = (origin: string) =>
  /^http:\/\/(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost):\d{1,5}$/.test(origin);

/** @param url of the page of the app; only its origin is asked. */
export function createRelay(url: string, { stateDirectory }: { stateDirectory?: string } = {}): CompanionRelay {
  const addresses: Partial<Record<ListenerName, EndpointAddress>> = {
    app: { origin: new URL(url).origin, path: DEFAULT_PATH },
  };
  const proven = new Map<ListenerName, Proven>();
  let app: string | undefined;
  let key: Buffer | undefined;
  /** What this command has written into a project's file, by app: another project may answer there later. */
  const written = new Map<string, { key: Buffer; end(): Promise<void> } | undefined>();

  async function post(name: ListenerName, call: CallName, body: string, headers: object, signal: AbortSignal) {
    const address = addresses[name];
    if (address === undefined) throw new Error('The companion has named no direct listener.');
    return fetch(`${address.origin}${address.path}/v1/${call}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: UI_ORIGIN, ...headers },
      body,
      redirect: 'error',
      signal,
    });
  }

  async function hello(body: string, signal: AbortSignal): Promise<Response> {
    let response = await post('app', 'hello', body, {}, signal);
    if (response.status === 404 && (await findPath(signal))) {
      await response.body?.cancel();
      response = await post('app', 'hello', body, {}, signal);
    }
    const text = await readBounded(response);
    const answer = parse(helloAnswer, jsonOf(text));
    if (answer.ok) await meet(answer.value);
    return answerOf(text, response.status);
  }

  /** The endpoint lies elsewhere where the middleware is mounted below a path: a page of the app says where. */
  async function findPath(signal: AbortSignal): Promise<boolean> {
    const response = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(FIND_TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    const found = parseDiscovery(response.headers.get('sessionscope') ?? '');
    const path = found.ok ? found.items[0]?.path : undefined;
    if (path === undefined || path === addresses.app!.path) return false;
    addresses.app = { ...addresses.app!, path };
    return true;
  }

  async function meet({
    app: name,
    directListener,
  }: {
    app: string;
    directListener: EndpointAddress | null;
  }): Promise<void> {
    const isOther = name !== app;
    app = name;
    if (directListener === null || !isLoopbackOrigin(directListener.origin)) delete addresses.direct;
    else if (directListener.origin !== addresses.direct?.origin || isOther) {
      addresses.direct = directListener;
      proven.delete('direct');
    }
    if (!isOther) return;
    proven.clear();
    if (!written.has(name)) written.set(name, await pairAsUser(name, UI_ORIGIN, stateDirectory));
    key = written.get(name)?.key;
  }

  async function check(name: ListenerName, signal: AbortSignal): Promise<Paired> {
    if (key === undefined || app === undefined || addresses[name] === undefined) return 'not-paired';
    const challenge = randomBytes(16).toString('hex');
    const response = await post(
      name,
      'hello',
      JSON.stringify({ versions: [1], challenge, key: keyIdOf(key) }),
      {},
      signal,
    );
    const answer = parse(helloAnswer, jsonOf(await readBounded(response)));
    proven.delete(name);
    if (!answer.ok || answer.value.app !== app) return 'not-paired';
    const { nonce, proof, paired } = answer.value;
    if (!paired && proof === undefined) return 'not-paired';
    if (nonce === undefined || !equals(proof ?? '', companionProof(key, challenge, nonce, app))) return 'impostor';
    proven.set(name, { nonce, count: 0 });
    return 'paired';
  }

  /** With a proof where the listener is proven; a proof that went stale is renewed, once. */
  async function prove(name: ListenerName, call: CallName, body: string, signal: AbortSignal): Promise<Response> {
    const send = () => post(name, call, body, proofOf(name, call, body), signal);
    const response = await send();
    if (response.status !== 403 || !proven.has(name)) return response;
    const text = await readBounded(response);
    if (!text.includes('"stale-proof"') || (await check(name, signal)) !== 'paired') return answerOf(text, 403);
    return send();
  }

  function proofOf(name: ListenerName, call: CallName, body: string): Record<string, string> {
    const held = proven.get(name);
    if (held === undefined || key === undefined) return {};
    held.count += 1;
    const { nonce, count } = held;
    const mac = panelMac(key, { nonce, count }, call, UI_ORIGIN, Buffer.from(body));
    return { [PROOF_HEADER]: `${keyIdOf(key)} ${nonce} ${count} ${mac}` };
  }

  async function pair(body: string, signal: AbortSignal): Promise<Response> {
    const response = await post('app', 'pair', body, {}, signal);
    const text = await readBounded(response);
    const answer = parse(pairAnswer, jsonOf(text));
    if (!answer.ok || answer.value.state !== 'paired') return answerOf(text, response.status);
    key = keyOf(answer.value.token);
    proven.clear();
    return answerOf(JSON.stringify({ state: 'paired', token: KEPT_HERE }), response.status);
  }

  return {
    call(listener, call, body, signal) {
      if (call === 'hello') return listener === 'app' ? hello(body, signal) : post(listener, call, body, {}, signal);
      if (call === 'pair') return pair(body, signal);
      return prove(listener, call, body, signal);
    },
    check,
    close: async () => {
      for (const own of written.values()) await own?.end();
      written.clear();
    },
  };
}

const equals = (given: string, wanted: string): boolean =>
  given.length === wanted.length && timingSafeEqual(Buffer.from(given), Buffer.from(wanted));

const answerOf = (text: string, status: number): Response =>
  new Response(text, { status, headers: { 'content-type': 'application/json' } });

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @throws Error where it is longer than any answer that is read whole. */
async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new Error('The answer is longer than a companion gives.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
