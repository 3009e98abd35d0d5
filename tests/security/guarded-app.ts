/**
 * An observed Express app with one session in it and both listeners of its endpoint open, and a client that sends any
 * bytes: a valid call, in which a test changes one thing.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Express } from 'express';
import { expect, vi } from 'vitest';
import { CHROMIUM_EXTENSION_ID } from '../../extension-identity.ts';
import { type CallName, DISCOVERY_HEADER } from '../../protocol/index.ts';
import { type AppOptions, serve, SESSION_OPTIONS, type TestApp } from '../express-session/observed-app.ts';
import { type HelloWithNonce, nextProof } from '../reliability/proof-client.ts';
import { exchangeBytes, parseAnswer } from '../invisibility/raw-http.ts';
import { CountingStore } from '../invisibility/scripted-app.ts';

export const EXTENSION_ORIGIN = `chrome-extension://${CHROMIUM_EXTENSION_ID}`;
export const FIREFOX_ORIGIN = 'moz-extension://6f1c1f0e-1b9a-4c8e-9d55-0123456789ab';
export const ENDPOINT = '/__sessionscope__';

/** Where a call is sent: inside the app, or to the companion's own listener. */
export type ListenerName = 'app' | 'direct';
export const LISTENERS: readonly ListenerName[] = ['direct', 'app'];

export type HeaderLine = readonly [name: string, value: string];

/** The call to send, where it differs from the valid one. */
export interface Change {
  method?: string;
  /** Below the endpoint's path. */
  call?: string;
  /** The whole request target. */
  target?: string;
  /** In place of the valid headers of these names; `undefined`: left out. */
  headers?: Readonly<Record<string, string | undefined>>;
  /** Beside the valid headers. */
  more?: readonly HeaderLine[];
  /** `undefined`: the call's valid body. */
  body?: unknown;
  /** Sent as it is, in place of `body`. */
  text?: string;
  /** In place of `Content-Length`. */
  framing?: readonly HeaderLine[];
  withToken?: boolean;
  /** What a paired panel proves, where it is not the text that is sent: a body within its framing. */
  signed?: string;
}

export interface Answer {
  status: number;
  headers: Map<string, string>;
  text: string;
  /** Everything that came, as text. */
  raw: string;
}

export const json = <T>(answer: Answer): T => JSON.parse(answer.text) as T;

export interface GuardedApp extends AsyncDisposable {
  app: TestApp;
  store: PeekedStore;
  /** Raw session cookie of a browser that holds `secretNote`. */
  cookie: { name: string; value: string };
  /** Session key in that cookie. */
  key: string;
  /** A text that only the session holds. */
  note: string;
  /** Id of that browser's last exchange. */
  exchange: string;
  token: string;
  ports: Record<ListenerName, number>;
  /** The header with which a paired panel makes a call; `origin` of the extension, if none is given. */
  proof(call: string, body: string, origin?: string): Promise<Record<string, string>>;
  /** Sends a valid call with one thing changed. */
  ask(listener: ListenerName, change?: Change): Promise<Answer>;
  /** What a valid body of the call is. */
  bodyOf(call: string): unknown;
  /** A browser of its own: its cookie, the note that it wrote into its session, its exchange. */
  newBrowser(): Promise<Pick<GuardedApp, 'cookie' | 'key' | 'note' | 'exchange'>>;
}

export type GuardedOptions = AppOptions & {
  /** Middleware of the app's own, mounted before the observed session. */
  before?: (app: Express) => void;
  store?: PeekedStore;
  genid?: () => string;
  /** Routes after it. */
  after?: (app: Express) => void;
};

/** Everything that the process writes to the terminal, for as long as it is held. */
export function holdTerminal(): { text(): string; [Symbol.dispose](): void } {
  let written = '';
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((chunk: unknown) => {
      written += String(chunk);
      return true;
    }),
  );
  const consoles = (['log', 'info', 'warn', 'error', 'debug'] as const).map((level) =>
    vi
      .spyOn(console, level)
      .mockImplementation((...args: unknown[]) => void (written += `${args.map(String).join(' ')}\n`)),
  );
  return {
    text: () => written,
    [Symbol.dispose]() {
      for (const spy of [...spies, ...consoles]) spy.mockRestore();
    },
  };
}

/** The pairing code that was printed last. */
export const codeIn = (terminal: string): string => {
  const code = [...terminal.matchAll(/pairing code for .*?: ([A-Z0-9]{8})/g)].at(-1)?.[1];
  if (code === undefined) throw new Error('no code was printed');
  return code;
};

/** A store that counts its calls and can be read without changing anything. */
export class PeekedStore extends CountingStore {
  readonly records = (this as unknown as { sessions: Record<string, string> }).sessions;
  peek(key: string): Promise<{ data: string } | undefined> {
    const data = this.records[key];
    return Promise.resolve(data === undefined ? undefined : { data });
  }
}

export async function serveGuarded({
  before,
  after,
  store = new PeekedStore(),
  genid = () => `key-${randomBytes(16).toString('hex')}`,
  ...options
}: GuardedOptions = {}): Promise<GuardedApp> {
  const app = await serve((express, factory, sessionOptions) => {
    before?.(express);
    express.use(factory({ ...sessionOptions, store, genid }));
    express.get('/write', (request, response) => {
      request.session['note'] = request.query['note'];
      response.end('written');
    });
    express.get('/regenerate', (request, response, next) =>
      request.session.regenerate((error) => (error ? next(error) : response.end('new key'))),
    );
    express.get('/login', (request, response, next) =>
      request.session.regenerate((error) => {
        if (error) return next(error);
        request.session['note'] = request.query['note'];
        response.end('logged in');
      }),
    );
    express.get('/read', (request, response) => response.end(String(request.session['note'])));
    express.get('/destroy', (request, response, next) =>
      request.session.destroy((error) => (error ? next(error) : response.end('gone'))),
    );
    after?.(express);
  }, options);

  async function newBrowser() {
    const note = `note-${randomBytes(8).toString('hex')}`;
    app.cookies.clear();
    const response = await app.get(`/write?note=${note}`);
    await response.text();
    const [name, value] = [...app.cookies][0]!;
    const key = decodeURIComponent(value).slice(2).split('.')[0]!;
    const exchange = /exchange="([0-9a-f]{32})"/.exec(response.headers.get(DISCOVERY_HEADER) ?? '')![1]!;
    return { cookie: { name, value }, key, note, exchange };
  }

  const first = await newBrowser();
  const ports: Record<ListenerName, number> = { app: app.port, direct: 0 };
  let token = '';

  const bodyOf = (call: string): unknown => {
    const proofs = { cookies: [first.cookie] };
    switch (call as CallName) {
      case 'hello':
        return { versions: [1] };
      case 'pair':
        return { v: 1 };
      case 'session':
        return { v: 1, proofs };
      case 'open':
        return { v: 1, file: 'package.json', line: 1 };
      case 'value':
        return {
          v: 1,
          proofs,
          epoch: app.companion!.log.epoch,
          seq: seqOfWrite(app, first.note),
          part: 'after',
          path: [],
        };
      default:
        return { v: 1, proofs, after: null, wait: false };
    }
  };

  /** The header with which a paired panel makes this call. */
  const proof = (call: string, body: string, origin: string = EXTENSION_ORIGIN): Promise<Record<string, string>> =>
    nextProof({ token, call, origin, body }, async (asked) =>
      json<HelloWithNonce>(await ask('app', { call: 'hello', withToken: false, body: asked })),
    );

  async function ask(listener: ListenerName, change: Change = {}): Promise<Answer> {
    const { method = 'POST', call = 'session', headers = {}, more = [], withToken = listener === 'app' } = change;
    const text = change.text ?? JSON.stringify(change.body ?? bodyOf(call));
    const valid: Record<string, string | undefined> = {
      Host: `127.0.0.1:${ports[listener]}`,
      Origin: EXTENSION_ORIGIN,
      'Content-Type': 'application/json',
      ...(withToken
        ? await proof(call, change.signed ?? text, headers['Origin'] ?? ('Origin' in headers ? '' : EXTENSION_ORIGIN))
        : {}),
      ...headers,
    };
    const lines: HeaderLine[] = [
      ...Object.entries(valid).flatMap(([name, value]): HeaderLine[] => (value === undefined ? [] : [[name, value]])),
      ...more,
      ['Connection', 'close'],
      ...(change.framing ?? [['Content-Length', String(Buffer.byteLength(text))]]),
    ];
    const target = change.target ?? `${ENDPOINT}/v1/${call}`;
    const head = `${method} ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
    const bytes = await exchangeBytes(ports[listener], head + text);
    return readAnswer(bytes);
  }

  ports.direct = Number(
    new URL(
      (json(await ask('app', { call: 'hello', withToken: false })) as { directListener: { origin: string } })
        .directListener.origin,
    ).port,
  );
  {
    using terminal = holdTerminal();
    await ask('app', { call: 'pair', withToken: false });
    const answer = await ask('app', { call: 'pair', withToken: false, body: { v: 1, code: codeIn(terminal.text()) } });
    token = (json(answer) as { token: string }).token;
  }
  return {
    app,
    store,
    ...first,
    token,
    proof,
    ports,
    ask,
    bodyOf,
    newBrowser,
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

/** The content of a chunked body. */
function dechunked(body: string): string {
  let content = '';
  for (let at = 0; ;) {
    const end = body.indexOf('\r\n', at);
    const length = Number.parseInt(body.slice(at, end), 16);
    if (!(length > 0)) return content;
    content += body.slice(end + 2, end + 2 + length);
    at = end + 4 + length;
  }
}

export function readAnswer(bytes: Buffer): Answer {
  const parsed = parseAnswer(bytes);
  const { status, headers } = parsed;
  const isChunked = headers.some((line) => /^transfer-encoding: chunked$/i.test(line));
  const body = isChunked ? dechunked(parsed.body) : parsed.body;
  return {
    status: Number(status.split(' ')[1] ?? 0),
    headers: new Map(
      headers.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    ),
    text: body,
    raw: bytes.toString('latin1'),
  };
}

const seqOfWrite = (app: TestApp, note: string): number =>
  app.operations().find(({ operation, after }) => operation === 'set' && after === note)!.seq;

/** The headers that every answer of the endpoint bears, and those that none does. */
export function expectOurHeaders({ headers }: Answer): void {
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
  expect(headers.get('cache-control')).toBe('no-store, no-transform');
  expect([...headers.keys()].filter((name) => name.startsWith('access-control-') || name === 'set-cookie')).toEqual([]);
}

/** Sends the changed call: it must be refused, give nothing away, leave the store alone, and the process alive. */
export async function expectRefused(
  guarded: GuardedApp,
  listener: ListenerName,
  change: Change,
  status = 403,
): Promise<Answer> {
  const { store, app, key, note } = guarded;
  const calls = store.calls.length;
  const records = JSON.stringify(store.records);
  const seq = app.companion!.log.lastSeq;
  const answer = await guarded.ask(listener, change);
  expect({ listener, change, status: answer.status }).toEqual({ listener, change, status });
  expect(answer.raw).not.toContain(note);
  expect(answer.raw).not.toContain(key);
  expectOurHeaders(answer);
  expect(store.calls.length).toBe(calls);
  expect(JSON.stringify(store.records)).toBe(records);
  expect(app.companion!.log.lastSeq).toBe(seq);
  expect((await guarded.ask(listener)).status).toBe(200);
  return answer;
}

/** A cookie that the app would take. */
export function signedCookie(key: string): string {
  const signature = createHmac('sha256', SESSION_OPTIONS.secret as string)
    .update(key)
    .digest('base64');
  return encodeURIComponent(`s:${key}.${signature.replace(/=+$/, '')}`);
}
