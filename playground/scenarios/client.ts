/** Runs a scenario's steps as browsers would: cookies kept and refused, redirects followed at once. */
import { request as send } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { Jar } from './jar.ts';
import type { RunningScenario } from './run-scenario.ts';
import type { Seen, SentBy, Step, Variant } from './scenario.ts';

/** Redirects that a browser follows. */
const MAX_REDIRECTS = 20;

interface Header {
  readonly name: string;
  readonly value: string;
}

/** One request and its answer, in the form in which DevTools reports them: a HAR entry, with the fields that are read. */
export interface Entry {
  readonly startedDateTime: string;
  readonly time: number;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: readonly Header[];
    readonly cookies: readonly { name: string; path: string; domain: string }[];
  };
  readonly response: {
    readonly status: number;
    readonly headers: readonly Header[];
    readonly headersSize: number;
    readonly httpVersion: string;
  };
  readonly _resourceType: string;
}

const ACROSS_ORIGINS = {
  origin: 'http://127.0.0.1:1',
  'sec-fetch-site': 'same-site',
  'sec-fetch-mode': 'cors',
  'sec-fetch-dest': 'empty',
};

/** How a browser sends each: the headers that say so, and whether cookies go with it and are kept. */
const WAYS: Record<SentBy | 'page', { type: string; headers: Record<string, string>; withCookies: boolean }> = {
  page: {
    type: 'document',
    headers: { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    withCookies: true,
  },
  prefetch: {
    type: 'prefetch',
    headers: {
      'sec-fetch-site': 'same-origin',
      'sec-fetch-mode': 'no-cors',
      'sec-fetch-dest': 'empty',
      'sec-purpose': 'prefetch',
    },
    withCookies: true,
  },
  image: {
    type: 'image',
    headers: { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
    withCookies: true,
  },
  'other-site': {
    type: 'document',
    headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    withCookies: true,
  },
  fetch: { type: 'fetch', headers: ACROSS_ORIGINS, withCookies: false },
  websocket: {
    type: 'websocket',
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    },
    withCookies: true,
  },
  program: { type: 'other', headers: {}, withCookies: false },
  'fetch-with-credentials': { type: 'fetch', headers: ACROSS_ORIGINS, withCookies: true },
};

/** The name by which a client that names none asks. */
const HOST = '127.0.0.1';

interface Client {
  readonly name: string;
  readonly jar: Jar;
  readonly onEntry: ((entry: Entry, client: string) => void) | undefined;
}

interface Answer {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: Promise<string>;
}

const pairs = (raw: readonly string[]): Header[] =>
  Array.from({ length: raw.length / 2 }, (_, at) => ({ name: raw[at * 2]!, value: raw[at * 2 + 1]! }));

/** Bytes of a head, its first line left out. */
const sizeOf = (headers: readonly Header[]): number =>
  headers.reduce((size, { name, value }) => size + Buffer.byteLength(`${name}: ${value}\r\n`), 0);

/** `headers` beside those of Node's own. Resolves with the head. */
const exchange = (url: URL, method: string, headers: readonly Header[]): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = send(
      // Whatever its name, it is this machine.
      { host: HOST, port: url.port, path: url.pathname + url.search, method, agent: false, setHost: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        const body = new Promise<string>((ended) => response.once('close', () => ended(text)));
        resolve({ status: response.statusCode ?? 0, headers: pairs(response.rawHeaders), body });
      },
    );
    sent.once('upgrade', ({ rawHeaders }, socket) => {
      const body = new Promise<string>((ended) => socket.resume().once('close', () => ended('')));
      resolve({ status: 101, headers: pairs(rawHeaders), body });
    });
    for (const { name, value } of headers) sent.setHeader(name, value);
    sent.once('error', reject).end();
  });

async function ask(client: Client, url: URL, step: Pick<Step, 'send' | 'by' | 'headers'>, hops = 0): Promise<Seen> {
  const method = step.send.split(' ', 1)[0]!;
  const { by = 'page' } = step;
  const { type, headers, withCookies } = WAYS[by];
  // What follows a redirect is a GET, with Lax cookies.
  const to = { host: url.hostname, path: url.pathname, isCrossSite: by === 'other-site' && method === 'POST' };
  const cookies = withCookies ? client.jar.for(to) : [];
  const lines: Header[] = [
    { name: 'host', value: url.host },
    { name: 'user-agent', value: `Scenario (${client.name})` },
    ...Object.entries({ ...headers, ...step.headers }).map(([name, value]) => ({ name, value })),
    ...(cookies.length === 0
      ? []
      : [{ name: 'cookie', value: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') }]),
    ...(method === 'POST' ? [{ name: 'content-length', value: '0' }] : []),
  ];
  const [startedAt, clock] = [new Date(), performance.now()];
  const answer = await exchange(url, method, lines);
  const set = answer.headers.filter(({ name }) => name.toLowerCase() === 'set-cookie');
  if (withCookies) for (const { value } of set) client.jar.keep(value, to);
  const report = () =>
    client.onEntry?.(
      {
        startedDateTime: startedAt.toISOString(),
        time: performance.now() - clock,
        request: {
          method,
          url: url.href,
          headers: lines,
          cookies: cookies.map(({ name, path, host }) => ({ name, path, domain: host })),
        },
        response: {
          status: answer.status,
          headers: answer.headers,
          headersSize: sizeOf(answer.headers),
          httpVersion: 'HTTP/1.1',
        },
        _resourceType: type,
      },
      client.name,
    );
  const location = answer.headers.find(({ name }) => name.toLowerCase() === 'location')?.value;
  if (location === undefined || hops === MAX_REDIRECTS) {
    const body = await answer.body;
    report();
    return { status: answer.status, body, setsCookie: set.length > 0 };
  }
  // A browser follows as soon as it has the head.
  const next = new URL(location, url);
  const seen = await ask(client, next, { ...step, send: `GET ${next.pathname as '/'}` }, hops + 1);
  await answer.body;
  report();
  return { ...seen, setsCookie: seen.setsCookie || set.length > 0 };
}

const NOT_ANSWERED: Seen = { status: 0, body: '', setsCookie: false };

export interface PlayOptions {
  /** Is given what DevTools would report of each answer, and whose tab it was. */
  onEntry?: (entry: Entry, client: string) => void;
  /** After each group the clients rest until that is over. */
  rest?: () => Promise<void>;
}

/** A server that is known by its origin alone. */
const alone = (origin: string): Pick<RunningScenario, 'originOf' | 'restart'> => ({
  originOf: () => origin,
  restart: () => Promise.reject(new Error('This server is not ours to restart.')),
});

/** What each step's client saw, in the order of the steps. A request whose connection is closed has status 0. */
export async function play(
  where: string | Pick<RunningScenario, 'originOf' | 'restart'>,
  { steps }: Pick<Variant, 'steps'>,
  { onEntry, rest }: PlayOptions = {},
): Promise<Seen[]> {
  const running = typeof where === 'string' ? alone(where) : where;
  const jars = new Map<string, Jar>();
  const run = async (step: Step): Promise<Seen> => {
    const { client = 'user', withCookiesOf, host = HOST, server, tab, afterMs = 0 } = step;
    if (withCookiesOf !== undefined) jars.set(client, new Jar(jars.get(withCookiesOf)));
    let jar = jars.get(client);
    if (jar === undefined) jars.set(client, (jar = new Jar()));
    if (afterMs > 0) await wait(afterMs);
    const url = new URL(step.send.slice(step.send.indexOf(' ') + 1), running.originOf(server));
    url.hostname = host;
    return ask({ name: client, jar, onEntry: tab === undefined ? onEntry : undefined }, url, step).catch(
      () => NOT_ANSWERED,
    );
  };
  const seen: Seen[] = [];
  for (const group of steps) {
    if (group[0]?.afterRestart === true) await running.restart();
    seen.push(...(await Promise.all(group.map(run))));
    await rest?.();
  }
  return seen;
}
