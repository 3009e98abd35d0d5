/**
 * Serves the panel as a page, and its calls: docs/security.md, "The panel as a page". A page of any other origin, and a
 * program without the key that the link gives, gets the panel's own code and nothing else.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { type CallName, CALLS, LIMITS } from '../../../../../protocol/index.ts';
import { type CompanionRelay, LISTENERS, type ListenerName } from './companion-relay.ts';
import type { PageFile } from './page-files.ts';
import type { PageKeys } from './page-keys.ts';

/** The page's own scripts and styles, and calls to this server. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  // The empty icon: a browser asks for no other.
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store, no-transform',
};

/** Bears the page's key. No cookie does: cookies ignore ports. */
export const KEY_HEADER = 'sessionscope-page';

export interface PageServerOptions {
  /** URL of the app's page. */
  url: string;
  files: ReadonlyMap<string, PageFile>;
  keys: PageKeys;
  relay: CompanionRelay;
  /** Called when the link was used. */
  onEntered?: () => void;
}

export interface PageServer {
  origin: string;
  server: Server;
  close(): Promise<void>;
}

/**
 * Listens on 127.0.0.1.
 *
 * @param port 0: a free one.
 * @throws Error where the port is taken.
 */
export async function servePage(port: number, options: PageServerOptions): Promise<PageServer> {
  const server = createServer({ maxHeaderSize: 16_384 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.on('request', (request, response) => {
    answer(request, response, origin, options).catch((error: unknown) => {
      // Words for people, and none of the companion's: what went wrong between here and there.
      if (response.headersSent) response.destroy();
      else end(response, 502, json('fault', `The app does not answer: ${reasonOf(error)}.`));
    });
  });
  return {
    origin,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
  options: PageServerOptions,
): Promise<void> {
  const refusal = refuse(request, origin);
  if (refusal !== undefined) return end(response, refusal, json('refused', 'Not for this origin, method or type.'));
  const path = request.url ?? '';
  if (request.method === 'GET') {
    const file = options.files.get(path);
    if (file === undefined) return end(response, 404, json('not-found', 'There is nothing here.'));
    return end(response, 200, file.body, file.type);
  }
  const body = await readBody(request);
  if (body === undefined) return end(response, 413, json('too-large', 'A call is smaller than that.'));
  if (path === '/enter') {
    const key = options.keys.enter(linkOf(body));
    if (key === undefined)
      return end(response, 403, json('refused', 'This link was used, or is too old. Ask the command for another.'));
    options.onEntered?.();
    return end(response, 200, JSON.stringify({ key }));
  }
  if (!options.keys.isKey(request.headers[KEY_HEADER]))
    return end(response, 403, json('refused', 'This page has no key. Open the link that the command prints.'));
  if (path === '/app') return end(response, 200, JSON.stringify({ url: options.url }));
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const [, listener, call, ...rest] = path.split('/');
  if (rest.length > 0 || !isOneOf(LISTENERS, listener))
    return end(response, 404, json('not-found', 'There is no such call.'));
  if (call === 'check')
    return end(response, 200, JSON.stringify({ pairing: await options.relay.check(listener, gone.signal) }));
  if (!isOneOf(CALLS, call)) return end(response, 404, json('not-found', 'There is no such call.'));
  return passOn(
    response,
    await options.relay.call(listener satisfies ListenerName, call satisfies CallName, body, gone.signal),
  );
}

/** The status that refuses; `undefined`: may come in. */
export function refuse({ method, headers, headersDistinct }: IncomingMessage, origin: string): number | undefined {
  if (headersDistinct['host']?.length !== 1 || `http://${headers.host}` !== origin) return 403;
  if (headers.upgrade !== undefined) return 403;
  if (method === 'GET') return undefined;
  if (method !== 'POST') return 405;
  if (headersDistinct['origin']?.length !== 1 || headers.origin !== origin) return 403;
  // What a browser says of itself may only confirm it.
  if (headers['sec-fetch-site'] !== undefined && headers['sec-fetch-site'] !== 'same-origin') return 403;
  return headers['content-type'] === 'application/json' ? undefined : 415;
}

/** As it comes: a stream stays one. Of its headers none is passed on. */
async function passOn(response: ServerResponse, from: Response): Promise<void> {
  const isStream = from.headers.get('content-type')?.startsWith('text/event-stream') === true;
  response.writeHead(from.status, { ...HEADERS, 'content-type': isStream ? 'text/event-stream' : 'application/json' });
  response.flushHeaders();
  if (from.body === null) return void response.end();
  await pipeline(from.body, response).catch(() => response.destroy());
}

function end(response: ServerResponse, status: number, body: string | Buffer, type = 'application/json'): void {
  response.writeHead(status, { ...HEADERS, 'content-type': type }).end(body);
}

const json = (code: string, message: string): string => JSON.stringify({ error: { code, message } });

const isOneOf = <T extends string>(names: readonly T[], name: string | undefined): name is T =>
  (names as readonly (string | undefined)[]).includes(name);

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= LIMITS.requestBytes) chunks.push(chunk);
  }
  return size > LIMITS.requestBytes ? undefined : Buffer.concat(chunks).toString('utf8');
}

function linkOf(body: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? (parsed as { link?: unknown }).link : undefined;
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : message;
}
