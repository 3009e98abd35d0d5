/**
 * What is tried: a row for each attack of docs/security.md, its inputs, and the statuses that may answer them. Each input
 * is a valid call of its own in which one thing is changed: a proof that was used already would be refused for that.
 */
import { randomBytes } from 'node:crypto';
import { bytesOf, type RawRequest, utf8 } from './raw-http.ts';
import { type Browser, type Cookie, cookieHeader, cookiesOf, type Listener, ENDPOINT, type Target } from './target.ts';

export interface Input {
  /** What is changed, for people. */
  what: string;
  request: RawRequest | string;
  /** Statuses that are a refusal here; 0: the connection was closed. */
  allowed: readonly number[];
  /** Servers that take it for the valid call that it nearly is, which the caller may make, and why they must. */
  harmless?: { on: RegExp; why: string };
}

export interface Row {
  name: string;
  /** Which listeners it is tried at; both, if not given. */
  listeners?: readonly Listener[];
  inputs(context: Context): Promise<Input[]>;
}

export interface Context {
  target: Target;
  listener: Listener;
  /** Whose data is after. Its cookie and exchange are sent where the row says so. */
  victim: Browser;
  /** A valid call at this listener: with the victim's cookie, and inside the app with a proof of pairing. */
  valid(call?: string, more?: object): Promise<RawRequest>;
}

const isHeader = (wanted: string) => (header: readonly [string, string]) =>
  header[0].toLowerCase() === wanted.toLowerCase();

/** The request with one header more, another, or less. */
export const withHeader = (request: RawRequest, name: string, ...values: string[]): RawRequest => ({
  ...request,
  headers: [
    ...request.headers.filter((header) => !isHeader(name)(header)),
    ...values.map((value) => [name, value] as const),
  ],
});

const withBody = (request: RawRequest, body: string): RawRequest =>
  withHeader({ ...request, body }, 'Content-Length', String(body.length));

const bodyOf = ({ body }: RawRequest): object => JSON.parse(body) as object;

const REFUSED = [403];
/** A server may refuse what is no HTTP before the app sees it. */
const MALFORMED = [400, 403, 0];
const NO_SUCH_PATH = [400, 403, 404, 0];

/** One header at a time takes each value, on every call that gives data. */
const headerRow = (name: string, header: string, values: readonly string[], allowed: readonly number[]): Row => ({
  name,
  inputs: async ({ valid }) => {
    const inputs: Input[] = [];
    for (const value of values)
      for (const call of ['session', 'events', 'value', 'hello', 'pair'])
        inputs.push({
          what: `${call}, ${header}: ${JSON.stringify(value)}`,
          request: withHeader(await valid(call), header, utf8(value)),
          allowed,
        });
    return inputs;
  },
});

const EXTENSION = `chrome-extension://${'abcdefghijklmnop'.repeat(2)}`;

export const ROWS: readonly Row[] = [
  headerRow(
    'DNS rebinding',
    'Host',
    ['evil.test', 'localhost6', '10.0.2.555', '0177.0.0.1', 'localhost.evil.test', 'localhost@evil.test', '127.1',
      '2130706433', '0.0.0.0', '[::]', '[::ffff:127.0.0.1]', 'localhost.', 'evil.test:80', 'localhost:80@evil.test',
      'localhost,evil.test', '256.256.256.256'], // prettier-ignore
    MALFORMED,
  ),
  headerRow('malformed Host', 'Host', ['[::', '[', '%', 'a b', 'localhost:999999', 'l\u00f6calhost', ''], MALFORMED),
  headerRow(
    'cross-origin read',
    'Origin',
    ['http://localhost:4000', 'http://127.0.0.1', 'https://localhost', 'http://evil.test', 'null', 'http://[', '',
      'file://', `${EXTENSION}/`, `${EXTENSION}.evil.test`, `http://evil.test/${EXTENSION}`, 'moz-extension://evil.test',
      'chrome-extension://'], // prettier-ignore
    MALFORMED,
  ),
  {
    name: 'headers that come twice',
    inputs: async ({ valid }) => {
      const inputs: Input[] = [];
      for (const [name, other] of [
        ['Host', 'evil.test'],
        ['Origin', 'http://evil.test'],
      ] as const)
        for (const isFirst of [true, false]) {
          const request = await valid();
          const [, own = ''] = request.headers.find(isHeader(name))!;
          inputs.push({
            what: `${name}, ${isFirst ? 'another first' : 'then another'}`,
            request: withHeader(request, name, ...(isFirst ? [other, own] : [own, other])),
            allowed: MALFORMED,
          });
        }
      return inputs;
    },
  },
  {
    name: 'preflight, script inclusion, other methods',
    inputs: async ({ valid }) => {
      const inputs: Input[] = [];
      for (const method of ['OPTIONS', 'GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND'])
        for (const origin of [undefined, 'http://localhost:4000'])
          for (const call of ['session', 'events']) {
            const request = { ...(await valid(call)), method };
            inputs.push({
              what: `${method} ${call}${origin === undefined ? '' : `, Origin ${origin}`}`,
              request: origin === undefined ? request : withHeader(request, 'Origin', origin),
              allowed: [400, 403, 405, 501, 0],
            });
          }
      for (const header of ['X-HTTP-Method-Override', 'X-Method-Override', 'X-HTTP-Method'])
        inputs.push({
          what: `GET with ${header}: POST`,
          request: withHeader({ ...(await valid()), method: 'GET' }, header, 'POST'),
          allowed: [403, 405],
        });
      return inputs;
    },
  },
  {
    name: 'stream and socket hijack',
    inputs: async ({ valid }) => {
      const stream = () => valid('events', { wait: true });
      // As bytes: the connection is not asked to close, and a server may keep it.
      const upgrade = (protocol: string, request: RawRequest) =>
        bytesOf(withHeader(withHeader(request, 'Connection', 'Upgrade'), 'Upgrade', protocol));
      const inputs: Input[] = [
        {
          what: 'a stream for a page',
          request: withHeader(await stream(), 'Origin', 'http://localhost:4000'),
          allowed: REFUSED,
        },
      ];
      for (const protocol of ['websocket', 'h2c'])
        inputs.push(
          {
            what: `POST, Upgrade: ${protocol}`,
            request: upgrade(protocol, await stream()),
            allowed: [400, 403, 404, 405, 426, 0],
          },
          {
            what: `GET, Upgrade: ${protocol}`,
            request: upgrade(protocol, { ...(await stream()), method: 'GET' }),
            allowed: [400, 403, 404, 405, 426, 500, 0],
          },
        );
      return inputs;
    },
  },
  headerRow(
    'forms and other content types',
    'Content-Type',
    ['text/plain', 'text/plain; application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x',
      'application/jsonp', 'application/json, text/plain', 'application/csp-report', ''], // prettier-ignore
    [400, 403, 415],
  ),
  {
    name: 'path confusion and header injection',
    inputs: async ({ valid, listener }) => {
      const behind = ['/v1/session?', '/v1/session?x=1', '/v1/session/', '/v1//session', '//v1/session', '/v1/./session',
        '/v1/../v1/session', '/x/../v1/session', '/v1/session/..', '/v1/%73ession', '/v1%2fsession', '/v1/session%00',
        '/v1/session%0d%0aX-Evil:%201', '/v1/session;x=1', '/v1/session.json', '/v1/session%20', '/v1/session%23',
        '/V1/session', '/v1/Session', '/v2/session', '/v1', '/', '', '/v1/__proto__', '/v1/constructor', '/v1\\session']; // prettier-ignore
      const inputs: Input[] = [];
      for (const path of behind)
        inputs.push({
          what: path,
          request: { ...(await valid()), target: ENDPOINT + path },
          allowed: NO_SUCH_PATH,
          ...(listener === 'app' && path === '/v1/session?'
            ? {
                harmless: {
                  on: /^(?:Django (?!gunicorn)|Starlette|Quart)/,
                  why: 'neither ASGI nor the server of wsgiref passes on an empty query',
                },
              }
            : {}),
          ...(listener === 'app' && /%73|%2f/.test(path)
            ? { harmless: { on: /^Django runserver/, why: 'the server of wsgiref passes a path on decoded' } }
            : {}),
          ...(listener === 'app' && path.includes('/.')
            ? { harmless: { on: /^(?:Hono without Node|web )/, why: 'a Request has a URL whose dots are resolved' } }
            : {}),
        });
      const elsewhere = ['/x', 'http://evil.test', '//evil.test'].map((before) => `${before}${ENDPOINT}/v1/session`);
      for (const path of [...elsewhere, '*'])
        inputs.push({
          what: path,
          request: { ...(await valid()), target: path },
          allowed: [200, ...NO_SUCH_PATH, 405, 500],
        });
      return inputs;
    },
  },
  {
    name: 'inside the app, a holder and nobody else',
    listeners: ['app'],
    inputs: async ({ target, victim, valid }) => {
      const inputs: Input[] = [];
      const forwarding: [string, string][][] = [
        [],
        [['X-Forwarded-For', '127.0.0.1']],
        [['X-Forwarded-For', '203.0.113.9']],
        [['Forwarded', 'for=127.0.0.1'], ['X-Real-IP', '127.0.0.1'], ['X-Forwarded-Host', 'localhost']], // prettier-ignore
        [['Cookie', cookieHeader(victim.cookies)]],
      ];
      for (const call of ['session', 'events', 'value'])
        for (const proofs of [{ cookies: victim.cookies }, { exchanges: [victim.exchange] }, {}])
          for (const more of forwarding) {
            const request = await target.call('app', call, { ...bodyOf(await valid(call)), proofs });
            inputs.push({
              what: `${call}, ${Object.keys(proofs)[0] ?? 'nothing'}, ${JSON.stringify(more)}`,
              request: { ...request, headers: [...request.headers, ...more] },
              allowed: REFUSED,
            });
          }
      return inputs;
    },
  },
  {
    name: 'forged proofs of pairing',
    inputs: async ({ target, listener }) => {
      const body = { v: 1, proofs: {}, after: null, wait: false };
      const request = await target.call(listener, 'events', body, { isPaired: true });
      const [, proof = ''] = request.headers.find(isHeader('sessionscope-proof'))!;
      const [key = '', nonce = '', count = '', mac = ''] = proof.split(' ');
      const forged = [
        '', 'x', `${key} ${nonce} ${count}`, `${key} ${nonce} ${count} ${'0'.repeat(64)}`,
        `${'0'.repeat(16)} ${nonce} ${count} ${mac}`, `${key} ${nonce} ${Number(count) + 1} ${mac}`,
        `${key} ${nonce} 0${count} ${mac}`, `${key} ${'0'.repeat(20)} ${count} ${mac}`, `${proof} ${proof}`,
        `${key} ${nonce}x ${count} ${mac}`, `${key} ${nonce} ${count} ${mac.toUpperCase()}`,
        randomBytes(32).toString('base64url'),
      ]; // prettier-ignore
      const inputs: Input[] = forged.map((value) => ({
        what: `a proof ${JSON.stringify(value.slice(0, 40))}…`,
        request: withHeader(request, 'Sessionscope-Proof', value),
        allowed: REFUSED,
      }));
      inputs.push(
        { what: 'another body', request: withBody(request, request.body.replace('{}', '{} ')), allowed: REFUSED },
        { what: 'another call', request: { ...request, target: `${ENDPOINT}/v1/session` }, allowed: REFUSED },
        { what: 'another origin', request: withHeader(request, 'Origin', EXTENSION), allowed: REFUSED },
        { what: 'no origin', request: withHeader(request, 'Origin'), allowed: REFUSED },
        {
          what: 'a token in its place',
          request: withHeader(withHeader(request, 'Sessionscope-Proof'), 'Sessionscope-Token', 'A'.repeat(43)),
          allowed: REFUSED,
        },
      ); // prettier-ignore
      return inputs;
    },
  },
  {
    name: 'an extension that nobody knows, not paired',
    inputs: async ({ target, listener, victim, valid }) => {
      const proofs = { cookies: victim.cookies, exchanges: [victim.exchange] };
      const asked: [string, object][] = [
        ['session', { v: 1, proofs }],
        ['events', { v: 1, proofs, after: null, wait: false }],
        ['events', { v: 1, proofs, after: null, wait: true }],
        ['value', { ...bodyOf(await valid('value')), proofs }],
      ];
      return Promise.all(
        asked.map(async ([call, body]) => ({
          what: `${call} ${JSON.stringify(body).slice(-12)}`,
          request: await target.call(listener, call, body, { origin: EXTENSION }),
          allowed: REFUSED,
        })),
      );
    },
  },
  {
    name: 'cookies and ids that nobody was given',
    listeners: ['direct'],
    inputs: async ({ target, victim: { cookies } }) => {
      const [{ name, value }, ...rest] = cookies as [Cookie, ...Cookie[]];
      const flipped = value.slice(0, -2) + (value.at(-2) === 'a' ? 'b' : 'a') + value.at(-1)!;
      const values = ['', 'x', flipped, value.slice(0, -4), `x${value}`, '../../../../etc/passwd', '*', '%00', '__proto__',
        `${'a'.repeat(4_000)}`, value.toUpperCase(), "' or 1=1 --", '\u00e9\u{1f600}']; // prettier-ignore
      const proofs = [
        ...values.map((each) => ({ cookies: [{ name, value: each }, ...rest] })),
        { cookies: [{ name: 'other', value }] },
        ...(rest.length === 0 ? [] : [{ cookies: [{ name, value }] }, { cookies: rest }]),
        ...Array.from({ length: 8 }, () => ({ exchanges: [randomBytes(16).toString('hex')] })),
      ];
      return Promise.all(
        proofs.flatMap((given) =>
          (['session', 'events'] as const).map(async (call) => ({
            what: `${call}, ${JSON.stringify(given).slice(0, 30)}…${JSON.stringify(given).slice(-30)}`,
            request: await target.call(
              'direct',
              call,
              call === 'session' ? { v: 1, proofs: given } : { v: 1, proofs: given, after: null, wait: false },
            ),
            allowed: [200, 400, 403],
          })),
        ),
      );
    },
  },
  {
    name: 'a revoked key',
    listeners: ['direct'],
    inputs: async ({ target, victim }) => {
      const planted = await target.newBrowser();
      // The victim logs in with it: its note stands in the session that the planted cookie became.
      const login = await target.visit('/login/welcome', planted.cookies);
      await target.visit(`/write/${victim.note}`, cookiesOf(login));
      const ended = await target.newBrowser(() => `/write/before-${Math.random()}`);
      await target.visit('/logout', ended.cookies);
      await target.visit(`/write/${victim.note}`, ended.cookies);
      return Promise.all(
        [planted, ended].flatMap(({ cookies }, index) =>
          ['session', 'events'].map(async (call) => ({
            what: `${call}, the cookie from before the ${index === 0 ? 'login' : 'logout'}`,
            request: await target.call(
              'direct',
              call,
              call === 'session'
                ? { v: 1, proofs: { cookies } }
                : { v: 1, proofs: { cookies }, after: null, wait: false },
            ),
            allowed: [200, 403],
            harmless:
              index === 0
                ? {
                    on: /^@hono\/session, store$/,
                    why: 'the library has no new key for a login: the app takes the old one',
                  }
                : {
                    on: /^(?:cookie-session|iron-session|React Router|h3|@fastify\/secure-session|(?:hono-sessions|@hono\/session|koa-session)$)/,
                    why: 'nothing revokes a sealed cookie: the app itself takes it',
                  },
          })),
        ),
      );
    },
  },
  {
    name: 'what only who is paired may ask',
    listeners: ['direct'],
    inputs: async ({ target, victim }) => {
      const own = await target.newBrowser();
      const proofs = { cookies: own.cookies, exchanges: [own.exchange] };
      const ask = (more: object) =>
        target.call('direct', 'value', { v: 1, proofs, epoch: target.epoch, part: 'after', path: [], ...more });
      const recorded = await target.operations();
      const { seq: mine } = recorded.find(({ after }) => after === own.note)!;
      const inputs: Input[] = [
        { what: 'value of its own, revealed', request: await ask({ seq: mine, reveal: true }), allowed: [403] },
        { what: 'value of its own, of another epoch', request: await ask({ seq: mine, epoch: '0123456789ab' }), allowed: [404] },
      ]; // prettier-ignore
      const others = recorded.filter(({ exchange }) => exchange === victim.exchange);
      for (const { seq } of others)
        for (const part of ['before', 'after', 'state', 'stored'])
          for (const path of [[], ['note'], [0]])
            for (const reveal of [false, true])
              inputs.push({
                what: `value ${seq}, ${part} ${path.join('.')}${reveal ? ', revealed' : ''}, of another's session`,
                request: await ask({ seq, part, path, reveal }),
                allowed: reveal ? [403] : [404],
              });
      for (const session of ['0123456789ab', 'ffffffffffff', ...new Set(others.flatMap((each) => each.session ?? []))])
        inputs.push({
          what: `session by its name ${session}`,
          request: await target.call('direct', 'session', { v: 1, proofs, session }),
          allowed: [200],
        });
      return inputs;
    },
  },
  {
    name: 'bodies that are no message',
    inputs: async ({ target, listener }) => {
      const request = await target.call(listener, 'hello', {});
      const nested = `{"versions":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
      const bodies = ['', '{', 'null', '[]', '5', '"x"', '{}', '{"versions":[]}', '{"versions":["1"]}', '{"versions":[1e999]}',
        '{"versions":[1],"challenge":"x"}', '{"versions":[1],"key":5}', '{"versions":[99]}', nested, '\u0000', '{"versions":[1]}x',
        '\xff\xfe', `{"versions":[1],"x":"${'x'.repeat(70_000)}"}`]; // prettier-ignore
      return bodies.map((body) => ({
        what: `${body.slice(0, 30)}… (${body.length} bytes)`,
        request: withBody(request, body),
        allowed: [400, 413, 0],
      }));
    },
  },
  {
    name: 'prototype pollution',
    inputs: async ({ target, listener }) => {
      const own = await target.newBrowser();
      const request = await target.call(listener, 'events', {
        v: 1,
        proofs: { cookies: own.cookies },
        after: null,
        wait: false,
      });
      return ['__proto__', 'constructor', 'prototype'].map((name) => ({
        what: name,
        request: withBody(
          request,
          request.body
            .replace('{"v":1', `{"v":1,"${name}":{"all":true,"isPaired":true}`)
            .replace('"proofs":{', `"proofs":{"${name}":{"all":true},`),
        ),
        allowed: [200, 400, 403],
      }));
    },
  },
  {
    name: 'request smuggling',
    inputs: async ({ valid, listener }) => {
      const { body } = await valid();
      const head = async () => {
        const { target, headers } = await valid();
        const lines = headers.filter((each) => !isHeader('content-length')(each) && !isHeader('connection')(each));
        return `POST ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}`;
      };
      const inner = `GET /write/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n`;
      const framings = [
        `Content-Length: ${body.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
        `Transfer-Encoding: chunked\r\nContent-Length: ${body.length}\r\n\r\n0\r\n\r\n${inner}`,
        `Content-Length: ${body.length}\r\nContent-Length: ${body.length + 1}\r\n\r\n${body}${inner}`,
        `Transfer-Encoding: xchunked\r\n\r\n${body}`,
        `Transfer-Encoding: chunked, identity\r\n\r\n${body}`,
        `Content-Length: -1\r\n\r\n${body}`,
        `Content-Length: 0x10\r\n\r\n${body}`,
        `Content-Length : ${body.length}\r\n\r\n${body}`,
      ];
      const inputs: Input[] = [];
      for (const framing of framings)
        inputs.push({
          what: framing.split('\r\n\r\n', 1)[0]!.replaceAll('\r\n', ' | '),
          // The connection is closed by the attacker's last word, whatever the server thinks of the rest.
          request: `${await head()}Connection: close\r\n${framing}`,
          ...(listener === 'app' && framing.startsWith('Content-Length: ')
            ? { harmless: { on: /^Django runserver/, why: 'it reads one of the two, and closes behind it' } }
            : {}),
          allowed: [400, 403, 411, 413, 415, 501, 0],
        });
      return inputs;
    },
  },
];
