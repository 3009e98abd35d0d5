/** A panel as the endpoint sees one: hello, pairing, streams whose sockets a test can stall or break. */
import { Agent, type IncomingMessage, request } from 'node:http';
import { createParser } from 'eventsource-parser';
import { CHROMIUM_EXTENSION_ID } from '../../extension-identity.ts';
import type { CallProof } from '../../transport/endpoint-client.ts';
import { checkPairing } from '../../transport/paired-endpoint.ts';
import type { EventsAnswer, HelloAnswer, Position, Proofs } from '../../protocol/index.ts';
import { keyIdOf, nextProof } from './proof-client.ts';

const ORIGIN = `chrome-extension://${CHROMIUM_EXTENSION_ID}`;

/** An endpoint's origin and path in one. */
export const inApp = (origin: string): string => `${origin}/__sessionscope__`;

const PLAIN_HEADERS = { 'content-type': 'application/json', origin: ORIGIN };

/** The headers of one call: with a token, those of a paired panel. `place`: where a nonce may be asked for. */
export const headersOf = async (
  baseUrl: string,
  name: string,
  body: string,
  token?: string,
): Promise<Record<string, string>> => ({
  ...PLAIN_HEADERS,
  ...(token === undefined
    ? {}
    : await nextProof({ token, call: name, origin: ORIGIN, body }, (asked) => call(baseUrl, 'hello', asked))),
});

/** As the extension fetches, with its Origin. */
export const panelFetch: typeof fetch = (url, init) =>
  fetch(url, { ...init, headers: { ...(init?.headers as Record<string, string>), origin: ORIGIN } });

export async function call<T>(baseUrl: string, name: string, body: object, token?: string): Promise<T> {
  const text = JSON.stringify(body);
  const answer = await fetch(`${baseUrl}/v1/${name}`, {
    method: 'POST',
    headers: await headersOf(baseUrl, name, text, token),
    body: text,
  });
  const content = (await answer.json()) as T;
  if (!answer.ok) throw Object.assign(new Error(`${name}: ${answer.status} ${JSON.stringify(content)}`), { answer });
  return content;
}

/** With a token: by the name of its key, which makes the answer's `paired`. */
export const hello = (baseUrl: string, token?: string) =>
  call<HelloAnswer>(baseUrl, 'hello', { versions: [1], ...(token === undefined ? {} : { key: keyIdOf(token) }) });

/** How the panel shows this endpoint that it is paired, once the endpoint has proven itself. */
export async function pairingOf(endpoint: string, token: string): Promise<CallProof> {
  const { app } = await hello(endpoint);
  const { origin, pathname: path } = new URL(endpoint);
  const check = await checkPairing({ origin, path }, { token, app, origin: ORIGIN, call: { fetch: panelFetch } });
  if (!check.ok) throw new Error(check.why);
  return check.pairing;
}

/** The direct listener of the companion in the app at `origin`. */
export async function directBaseOf(origin: string): Promise<string> {
  const { directListener } = await hello(inApp(origin));
  return directListener!.origin + directListener!.path;
}

/** Pairs by the code that `terminal` shows. */
export async function pairWith(baseUrl: string, terminal: () => string): Promise<string> {
  await call(baseUrl, 'pair', { v: 1 });
  for (;;) {
    const code = [...terminal().matchAll(/pairing code for .*?: ([A-Z0-9]{8})/g)].at(-1)?.[1];
    if (code !== undefined) return (await call<{ token: string }>(baseUrl, 'pair', { v: 1, code })).token;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export interface StreamRequest {
  token?: string;
  proofs?: Proofs;
  after?: Position | null;
}

export interface OpenStream {
  response: IncomingMessage;
  answers: EventsAnswer[];
  /** Resolves when it is over: `ended` by the server, whole; or `broken`. */
  over: Promise<'ended' | 'broken'>;
  destroy(): void;
}

/** As a browser, it would keep each connection for the next call. */
const agent = new Agent({ keepAlive: true });

/** Opens a stream; resolves once its first answer has come, or its first bytes where it `isStalled` and reads no more. */
export async function openStream(
  baseUrl: string,
  { token, proofs = {}, after = null }: StreamRequest,
  isStalled = false,
): Promise<OpenStream> {
  const body = JSON.stringify({ v: 1, proofs, after, wait: true });
  const headers = await headersOf(baseUrl, 'events', body, token);
  return new Promise((resolve, reject) => {
    const asked = request(`${baseUrl}/v1/events`, { method: 'POST', headers, agent });
    asked.on('error', reject);
    asked.on('response', (response) => {
      const answers: EventsAnswer[] = [];
      const over = new Promise<'ended' | 'broken'>((settle) => {
        response.on('end', () => settle('ended'));
        response.on('error', () => settle('broken'));
        response.on('close', () => settle('broken'));
      });
      const open = { response, answers, over, destroy: () => response.destroy() };
      const parser = createParser({
        onEvent: ({ data }) => {
          answers.push(JSON.parse(data) as EventsAnswer);
          resolve(open);
        },
      });
      if (response.statusCode !== 200) {
        response.resume();
        reject(Object.assign(new Error(`events: ${response.statusCode}`), { status: response.statusCode }));
        return;
      }
      if (isStalled) {
        response.pause();
        resolve(open);
      }
      response.setEncoding('utf8').on('data', (text: string) => parser.feed(text));
      if (isStalled) response.pause();
    });
    asked.end(body);
  });
}
