/** The mutual proof of pairing, by calls: what is accepted, and what is refused with which word. docs/security.md. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROOF_HEADER } from '../../protocol/index.ts';
import { challenge, type HelloWithNonce, keyIdOf, keyOf, macOf, proofHeader } from '../reliability/proof-client.ts';
import {
  type Change,
  codeIn,
  type ListenerName,
  LISTENERS,
  EXTENSION_ORIGIN,
  FIREFOX_ORIGIN,
  type GuardedApp,
  holdTerminal,
  json,
  serveGuarded,
} from './guarded-app.ts';

/** A build from a store, or one's own: an extension that no list names. */
const UNKNOWN_ORIGIN = `chrome-extension://${'abcdefghijklmnop'.repeat(2)}`;

let guarded: GuardedApp;
beforeAll(async () => {
  guarded = await serveGuarded();
});
afterAll(() => guarded[Symbol.asyncDispose]());

const hello = async (body: object, listener: ListenerName = 'app', origin?: string) =>
  json<HelloWithNonce>(
    await guarded.ask(listener, {
      call: 'hello',
      withToken: false,
      body,
      ...(origin === undefined ? {} : { headers: { Origin: origin } }),
    }),
  );
const newNonce = (token = guarded.token, origin?: string) => challenge(token, (body) => hello(body, 'app', origin));

const BODY = JSON.stringify({ v: 1, proofs: {}, after: null, wait: false });

/** One call with a proof, of which `change` is what it was made over in place of what is sent. */
async function ask(
  nonce: string,
  count: number,
  change: Partial<Parameters<typeof proofHeader>[0]> & { sent?: Change; listener?: ListenerName } = {},
) {
  const { sent = {}, listener = 'app', ...made } = change;
  const header = proofHeader({
    token: guarded.token,
    nonce,
    count,
    call: 'events',
    origin: EXTENSION_ORIGIN,
    body: BODY,
    ...made,
  });
  return guarded.ask(listener, {
    call: 'events',
    text: BODY,
    withToken: false,
    ...sent,
    headers: { [PROOF_HEADER]: header, ...sent.headers },
  });
}

const codeOf = async (answer: ReturnType<typeof ask>) => {
  const { status, text } = await answer;
  return status === 200 ? 200 : [status, json<{ error: { code: string } }>({ text } as never).error.code];
};
const NOT_PAIRED = [403, 'not-paired'];
const STALE = [403, 'stale-proof'];

describe('hello', () => {
  test('proves to a panel that names a key it has; to another it gives a nonce and says that it is not paired', async () => {
    const asked = randomBytes(16).toString('hex');
    const key = keyIdOf(guarded.token);
    const answer = await hello({ versions: [1], challenge: asked, key });
    expect(answer.paired).toBe(true);
    expect(answer.nonce).toMatch(/^[0-9a-z]{1,11}\.[0-9a-f]{24}\.[0-9a-f]{32}$/);
    expect(answer.proof).toBe(macOf(keyOf(guarded.token), 'companion', asked, answer.nonce!, answer.app));
    for (const [body, origin] of [
      [{ versions: [1], challenge: asked, key: '0'.repeat(16) }, EXTENSION_ORIGIN],
      [{ versions: [1], challenge: asked }, EXTENSION_ORIGIN],
      [{ versions: [1], challenge: asked, key }, FIREFOX_ORIGIN],
    ] as const) {
      const other = await hello(body, 'app', origin);
      expect(other).toMatchObject({ paired: false, nonce: expect.any(String) as string });
      expect(other).not.toHaveProperty('proof');
    }
    expect(await hello({ versions: [1] })).not.toHaveProperty('nonce');
  });

  test('the token is in no answer but that of the pairing, and the key is in none', async () => {
    for (const listener of LISTENERS) {
      const text = JSON.stringify(
        await hello({ versions: [1], challenge: '0'.repeat(32), key: keyIdOf(guarded.token) }, listener),
      );
      expect(text).not.toContain(guarded.token);
      expect(text).not.toContain(keyOf(guarded.token).toString('hex'));
    }
  });
});

describe.each(LISTENERS)('a call at the listener %s', (listener) => {
  test('is served with a proof, each count once, in any order', async () => {
    const nonce = await newNonce();
    for (const count of [1, 3, 2, 900, 4]) expect(await codeOf(ask(nonce, count, { listener }))).toBe(200);
    for (const count of [1, 2, 3, 4, 900]) expect(await codeOf(ask(nonce, count, { listener }))).toEqual(STALE);
  });

  test.each([
    ['another key', { token: randomBytes(32).toString('base64url') }],
    ['another call', { call: 'session' }],
    ['another origin', { origin: FIREFOX_ORIGIN }],
    ['no origin', { origin: '' }],
    ['another body', { body: `${BODY} ` }],
    ['an empty body', { body: '' }],
  ] as const)('a proof over %s is refused', async (_name, change) => {
    expect(await codeOf(ask(await newNonce(), 1, { listener, ...change }))).toEqual(NOT_PAIRED);
  });

  test('a proof that is sent with another body, from another origin or to another call is refused', async () => {
    const nonce = await newNonce();
    const session = JSON.stringify({ v: 1, proofs: { cookies: [guarded.cookie] } });
    for (const sent of [
      { text: BODY.replace('false', 'false ') },
      { headers: { Origin: FIREFOX_ORIGIN } },
      { headers: { Origin: UNKNOWN_ORIGIN } },
      { call: 'session', text: session },
    ])
      expect(await codeOf(ask(nonce, 1, { listener, sent }))).toEqual(NOT_PAIRED);
    // None of them has used the count.
    expect(await codeOf(ask(nonce, 1, { listener }))).toBe(200);
  });

  test('a nonce that is not ours, or has been changed, is stale', async () => {
    const [time = '', random = '', mac = ''] = (await newNonce()).split('.');
    for (const nonce of [
      `${time}.${random}.${mac.slice(0, -1)}${mac.endsWith('0') ? '1' : '0'}`,
      `${(Date.now() + 1).toString(36)}.${random}.${mac}`,
      `${time}.${random}0.${mac}`,
      `${time}.${random}.${mac}.x`,
      '0123456789abcdef',
      '................',
    ])
      expect(await codeOf(ask(nonce, 1, { listener }))).toEqual(STALE);
  });

  test('a header of another form is refused', async () => {
    const header = proofHeader({
      token: guarded.token,
      nonce: await newNonce(),
      count: 1,
      call: 'events',
      origin: EXTENSION_ORIGIN,
      body: BODY,
    });
    for (const other of [
      '',
      'x',
      ` ${header}`.repeat(2),
      header.toUpperCase(),
      header.replace(' 1 ', ' 0 '),
      header.replace(' 1 ', ' 01 '),
      header.replace(' 1 ', ' 1e0 '),
      `${header}0`,
      header.split(' ').slice(0, 3).join(' '),
      guarded.token,
    ]) {
      const sent = { text: BODY, headers: { [PROOF_HEADER]: other } };
      expect([other, await codeOf(guarded.ask(listener, { call: 'events', withToken: false, ...sent }))]).toEqual([
        other,
        NOT_PAIRED,
      ]);
    }
    // Sent twice it is both, joined, and none of the two.
    const twice = {
      text: BODY,
      more: [
        [PROOF_HEADER, header],
        [PROOF_HEADER, header],
      ] as const,
    };
    expect(await codeOf(guarded.ask(listener, { call: 'events', withToken: false, ...twice }))).toEqual(NOT_PAIRED);
  });
});

test('an extension that nobody knows may say hello and pair, then everything, and nothing before', async () => {
  const from = { headers: { Origin: UNKNOWN_ORIGIN }, withToken: false };
  for (const listener of LISTENERS) {
    for (const call of ['session', 'events', 'value'])
      expect(await codeOf(guarded.ask(listener, { call, ...from }))).toEqual(NOT_PAIRED);
    expect((await guarded.ask(listener, { call: 'hello', ...from })).status).toBe(200);
  }
  using terminal = holdTerminal();
  await guarded.ask('app', { call: 'pair', ...from });
  const code = codeIn(terminal.text());
  const { token } = json<{ token: string }>(await guarded.ask('app', { call: 'pair', ...from, body: { v: 1, code } }));
  const nonce = await newNonce(token, UNKNOWN_ORIGIN);
  for (const [index, listener] of LISTENERS.entries())
    expect(
      await codeOf(
        ask(nonce, index + 1, {
          token,
          origin: UNKNOWN_ORIGIN,
          listener,
          sent: { headers: { Origin: UNKNOWN_ORIGIN } },
        }),
      ),
    ).toBe(200);
  // Its key is its own: another extension gets nothing with it.
  expect(await codeOf(ask(nonce, 9, { token, origin: EXTENSION_ORIGIN }))).toEqual(NOT_PAIRED);
});

test('a program that takes the port of a paired app and repeats its `app` learns nothing that opens anything', async () => {
  const { app } = await hello({ versions: [1] });
  const heard: string[] = [];
  const impostor = createServer((request, response) => {
    heard.push(JSON.stringify(request.rawHeaders));
    request.on('data', (data: Buffer) => heard.push(data.toString()));
    request.on('end', () => {
      const answer = { app, nonce: 'impostor-nonce-1', proof: '0'.repeat(64), paired: true };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve));
  const { port } = impostor.address() as AddressInfo;
  await expect(
    challenge(guarded.token, async (body) => {
      const answer = await fetch(`http://127.0.0.1:${port}/__sessionscope__/v1/hello`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
      return (await answer.json()) as HelloWithNonce;
    }),
  ).rejects.toThrow('the companion proves nothing');
  expect(heard.join('')).not.toContain(guarded.token);
  impostor.close();
});
