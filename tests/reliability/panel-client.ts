/** A panel as the endpoint sees one: hello, pairing, streams whose sockets a test can stall or break. */
import { Agent, type IncomingMessage, request } from 'node:http';
import { createParser } from 'eventsource-parser';
import { CHROMIUM_EXTENSION_ID } from '../../extension-identity.ts';
import { type EventsAnswer, type HelloAnswer, type Position, type Proofs, TOKEN_HEADER } from '../../protocol/index.ts';

const ORIGIN = `chrome-extension://${CHROMIUM_EXTENSION_ID}`;

/** An endpoint's origin and path in one. */
export const inApp = (origin: string): string => `${origin}/__sessionscope__`;

export const headersOf = (token?: string): Record<string, string> => ({
  'content-type': 'application/json',
  origin: ORIGIN,
  ...(token === undefined ? {} : { [TOKEN_HEADER]: token }),
});

/** As the extension fetches, with its Origin. */
export const panelFetch: typeof fetch = (url, init) =>
  fetch(url, { ...init, headers: { ...(init?.headers as Record<string, string>), origin: ORIGIN } });

export async function call<T>(place: string, name: string, body: object, token?: string): Promise<T> {
  const answer = await fetch(`${place}/v1/${name}`, {
    method: 'POST',
    headers: headersOf(token),
    body: JSON.stringify(body),
  });
  const content = (await answer.json()) as T;
  if (!answer.ok) throw Object.assign(new Error(`${name}: ${answer.status} ${JSON.stringify(content)}`), { answer });
  return content;
}

export const hello = (place: string, token?: string) => call<HelloAnswer>(place, 'hello', { versions: [1] }, token);

/** The direct door of the companion in the app at `origin`. */
export async function doorOf(origin: string): Promise<string> {
  const { door } = await hello(inApp(origin));
  return door!.origin + door!.path;
}

/** Pairs by the code that `terminal` shows. */
export async function pairWith(place: string, terminal: () => string): Promise<string> {
  await call(place, 'pair', { v: 1 });
  for (;;) {
    const code = [...terminal().matchAll(/pairing code for .*?: ([A-Z0-9]{8})/g)].at(-1)?.[1];
    if (code !== undefined) return (await call<{ token: string }>(place, 'pair', { v: 1, code })).token;
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
export function openStream(
  place: string,
  { token, proofs = {}, after = null }: StreamRequest,
  isStalled = false,
): Promise<OpenStream> {
  return new Promise((resolve, reject) => {
    const asked = request(`${place}/v1/events`, { method: 'POST', headers: headersOf(token), agent });
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
    asked.end(JSON.stringify({ v: 1, proofs, after, wait: true }));
  });
}
