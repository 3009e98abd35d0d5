import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { sessionAnswer } from '../protocol/index.ts';
import { callEndpoint } from './endpoint-client.ts';
import { checkPairing } from './paired-endpoint.ts';

const TOKEN = 'AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE';
const APP = 'app-app-app-app-app-ap';
const ORIGIN = 'chrome-extension://abcdefghijklmnopabcdefghijklmnop';
const KEY = createHash('sha256').update(TOKEN).digest();

interface Asked {
  call: string;
  headers: IncomingHttpHeaders;
  body: string;
}

const disposals: (() => void)[] = [];
afterEach(() => {
  for (const dispose of disposals.splice(0)) dispose();
});

/** What stands at the port: the companion, or something that took its place. */
async function listenAs(kind: 'companion' | 'impostor' | 'silent-impostor' | 'unpaired' | 'other-app') {
  const asked: Asked[] = [];
  const used = new Set<string>();
  let nonces = 0;
  const state = { isStale: false };
  const nonce = () => `nonce-nonce-nonce-${nonces}`;
  const server = createServer((request, response) => {
    void (async () => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const call = request.url!.split('/').at(-1)!;
      asked.push({ call, headers: request.headers, body });
      const answer = (value: unknown, status = 200) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
      if (call === 'hello') {
        const { challenge, key } = JSON.parse(body) as { challenge?: string; key?: string };
        const isKnown = kind === 'companion' && key === createHash('sha256').update(KEY).digest('hex').slice(0, 16);
        nonces += 1;
        state.isStale = false;
        const proof = createHmac('sha256', KEY).update(['companion', challenge, nonce(), APP].join('\n')).digest('hex');
        return answer({
          v: 1,
          app: kind === 'other-app' ? 'other-app-other-app-ot' : APP,
          project: 'shop',
          epoch: 'epoch00001',
          companion: { name: 'x', version: '1' },
          runtime: 'x',
          libraries: [],
          paired: kind !== 'unpaired' && (isKnown || kind !== 'companion'),
          nonce: nonce(),
          ...(kind === 'impostor' ? { proof: 'a'.repeat(64) } : isKnown ? { proof } : {}),
          directListener: null,
        });
      }
      const header = String(request.headers['sessionscope-proof']);
      const [, given, count, mac] = header.split(' ');
      const bodyHash = createHash('sha256').update(body).digest('hex');
      const expected = createHmac('sha256', KEY)
        .update(['panel', given, count, call, ORIGIN, bodyHash].join('\n'))
        .digest('hex');
      if (state.isStale || given !== nonce() || used.has(header))
        return answer({ error: { code: 'stale-proof', message: 'The nonce is too old.' } }, 403);
      used.add(header);
      if (mac !== expected) return answer({ error: { code: 'not-paired', message: 'No.' } }, 403);
      return answer({ session: null, store: { outcome: 'missing', at: 1 }, memory: [] });
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  disposals.push(() => void server.close());
  const address = { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, path: '/__sessionscope__' };
  const check = () => checkPairing(address, { token: TOKEN, app: APP, origin: ORIGIN, call: {} });
  return { address, asked, state, check };
}

const read = (address: { origin: string; path: string }, pairing: Parameters<typeof callEndpoint>[4]) =>
  callEndpoint(address, 'session', { v: 1, proofs: {} }, sessionAnswer, pairing);

test('both sides prove the token, and it is in nothing that is sent', async () => {
  const { address, asked, check } = await listenAs('companion');
  const checked = await check();
  if (!checked.ok) throw new Error(checked.why);
  // Side by side too: each count is used once.
  const answers = await Promise.all(Array.from({ length: 8 }, () => read(address, { pairing: checked.pairing })));
  expect(answers.map(({ ok }) => ok)).toEqual(answers.map(() => true));
  expect(JSON.stringify(asked)).not.toContain(TOKEN);
  expect(JSON.stringify(asked)).not.toContain(KEY.toString('hex'));
});

test('a proof too old: says hello again, once', async () => {
  const { address, asked, state, check } = await listenAs('companion');
  const checked = await check();
  if (!checked.ok) throw new Error(checked.why);
  state.isStale = true;
  const answers = await Promise.all(Array.from({ length: 4 }, () => read(address, { pairing: checked.pairing })));
  expect(answers.map(({ ok }) => ok)).toEqual(answers.map(() => true));
  expect(asked.filter(({ call }) => call === 'hello')).toHaveLength(2);
});

test('a call that hears late that its proof was too old takes the new one, and asks for none', async () => {
  const { address, asked, state, check } = await listenAs('companion');
  const checked = await check();
  if (!checked.ok) throw new Error(checked.why);
  state.isStale = true;
  let isRenewed = () => {};
  const renewed = new Promise<void>((resolve) => (isRenewed = resolve));
  let calls = 0;
  const read = async (fetcher: typeof fetch) =>
    callEndpoint(address, 'session', { v: 1, proofs: {} }, sessionAnswer, { pairing: checked.pairing, fetch: fetcher });
  const late = read(async (...request) => {
    const answer = await fetch(...request);
    if (++calls === 1) await renewed;
    return answer;
  });
  expect((await read(fetch)).ok).toBe(true);
  isRenewed();
  expect((await late).ok).toBe(true);
  expect(asked.filter(({ call }) => call === 'hello')).toHaveLength(2);
});

test.each(['impostor', 'silent-impostor'] as const)(
  'a program on the port of a paired app gets no proof and no token: %s',
  async (kind) => {
    const { asked, check } = await listenAs(kind);
    expect(await check()).toEqual({ ok: false, why: 'impostor' });
    expect(asked.map(({ call }) => call)).toEqual(['hello']);
    expect(asked[0]!.headers['sessionscope-proof']).toBeUndefined();
    expect(JSON.stringify(asked)).not.toContain(TOKEN);
  },
);

test.each(['unpaired', 'other-app'] as const)('%s: not paired, and nothing more is sent', async (kind) => {
  const { asked, check } = await listenAs(kind);
  expect(await check()).toEqual({ ok: false, why: 'not-paired' });
  expect(asked).toHaveLength(1);
});
