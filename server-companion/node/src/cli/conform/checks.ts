/** What an endpoint must do, each as one question with its answer: `docs/protocol.md` and `docs/security.md` say why. */
import {
  eventsEnvelope,
  helloAnswer,
  LIMITS,
  parseDiscovery,
  parseText,
  sessionAnswer,
} from '../../../../../protocol/index.ts';
import {
  AS_PANEL,
  type ConformContext,
  directOf,
  firstMessage,
  fitting,
  headersFault,
  HELLO,
  insideOf,
  JSON_TYPE,
  readEvents,
  refusal,
  visit,
} from './asking.ts';
import { type RawRequest, sendRaw } from './raw-request.ts';

export type ConformResult = { kind: 'ok' } | { kind: 'failed' | 'skipped'; text: string };

interface ConformCheck {
  name: string;
  check: (context: ConformContext) => Promise<ConformResult>;
}

const OK: ConformResult = { kind: 'ok' };
const failed = (text: string): ConformResult => ({ kind: 'failed', text });
const skipped = (text: string): ConformResult => ({ kind: 'skipped', text });
/** A sentence where something is wrong; `undefined`: nothing is. */
const verdict = (fault: string | undefined): ConformResult => (fault === undefined ? OK : failed(fault));

const FOREIGN = 'https://evil.example';
/** The same question at both listeners. */
function atEachListener(ask: (base: string) => Promise<string | undefined>): ConformCheck['check'] {
  return async (context) => {
    const inside = insideOf(context);
    if (inside === undefined) return skipped('No endpoint was found.');
    for (const [listener, base] of [
      ['inside the app', inside],
      ['at the direct listener', directOf(context)],
    ] as const) {
      if (base === undefined) continue;
      const fault = await ask(base);
      if (fault !== undefined) return failed(`${listener}: ${fault}`);
    }
    return OK;
  };
}

/** A hello in which one thing is wrong. */
const refusedHello = (
  name: string,
  change: Omit<RawRequest, 'url'> & { call?: string },
  statuses: readonly number[],
  code?: string,
): ConformCheck => ({
  name,
  check: atEachListener(async (base) => {
    const { call = 'hello', ...request } = change;
    const answer = await sendRaw({ url: base + call, headers: AS_PANEL, body: HELLO, ...request });
    return refusal(answer, statuses, code) ?? headersFault(answer);
  }),
});

export const CHECKS: readonly ConformCheck[] = [
  {
    name: 'the page bears the header, in the protocol’s grammar',
    async check(context) {
      const { answer, header } = await visit(context);
      if (header === undefined)
        return failed(`${context.url} answers ${answer.status} without the header Sessionscope.`);
      const parsed = parseDiscovery(header);
      if (!parsed.ok) return failed(`The header can't be read: ${parsed.fault}`);
      context.page = {
        discovery: parsed.items[0]!,
        cookies: (answer.headers['set-cookie'] ?? []).flatMap((line) => {
          const [, name, value] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
          return name === undefined || value === undefined || value === '' ? [] : [{ name: name.trim(), value }];
        }),
      };
      return OK;
    },
  },
  {
    name: 'each response has an exchange of its own, and one epoch',
    async check(context) {
      if (context.page === undefined) return skipped('No endpoint was found.');
      const again = parseDiscovery((await visit(context)).header ?? '');
      if (!again.ok) return failed(`The second response's header can't be read: ${again.fault}`);
      const [first, second] = [context.page.discovery, again.items[0]!];
      if (first.exchange === second.exchange)
        return failed(
          'Two responses name the same exchange: they could not be distinguished, and the id proves too much.',
        );
      if (first.app !== second.app) return failed('Two responses name two apps.');
      return OK;
    },
  },
  {
    name: 'hello inside the app echoes the app and names the direct listener',
    async check(context) {
      const inside = insideOf(context);
      if (inside === undefined) return skipped('No endpoint was found.');
      const answer = await sendRaw({ url: `${inside}hello`, headers: AS_PANEL, body: HELLO });
      const hello = fitting(answer, helloAnswer);
      if (hello.app !== context.page!.discovery.app)
        return failed('The endpoint names another app than the header: a panel would send it nothing.');
      context.hello = hello;
      return hello.directListener === null
        ? failed(
            `It opened no direct listener${hello.directListenerFault === undefined ? '' : `: ${hello.directListenerFault}`}. Without one a panel must be paired.`,
          )
        : OK;
    },
  },
  {
    name: 'hello at the direct listener, on this machine alone, is of the same app',
    async check(context) {
      const direct = directOf(context);
      if (direct === undefined) return skipped('There is no direct listener.');
      if (!/^https?:\/\/(?:127\.0\.0\.1|\[::1\])(?::|\/|$)/.test(direct))
        return failed(`It is at ${direct}, which is not a loopback address.`);
      const hello = fitting(await sendRaw({ url: `${direct}hello`, headers: AS_PANEL, body: HELLO }), helloAnswer);
      return verdict(hello.app === context.hello!.app ? undefined : 'It names another app.');
    },
  },
  refusedHello('a version that it does not speak: unsupported-version', { body: '{"versions":[99]}' }, [400]),
  refusedHello('a body that is not JSON: bad-request', { body: '{"versions":' }, [400], 'bad-request'),
  refusedHello('a body of another shape: bad-request', { body: '{"versions":"all"}' }, [400], 'bad-request'),
  refusedHello(
    'a body over 65,536 bytes: too-large',
    { body: `{"versions":[1],"x":"${'x'.repeat(LIMITS.requestBytes)}"}` },
    [413],
  ),
  refusedHello('a GET: method-not-allowed', { method: 'GET', body: '' }, [405]),
  refusedHello(
    'another content type: wrong-content-type',
    { headers: { ...AS_PANEL, 'content-type': 'text/plain' } },
    [415],
  ),
  refusedHello('a call that there is none of: not-found', { call: 'everything' }, [404]),
  refusedHello('a query: not-found', { call: 'hello?a=1' }, [404]),
  refusedHello('the origin of a web page: refused', { headers: { ...JSON_TYPE, origin: FOREIGN } }, [403]),
  refusedHello('the origin “null”: refused', { headers: { ...JSON_TYPE, origin: 'null' } }, [403]),
  refusedHello(
    'another port of localhost: refused',
    { headers: { ...JSON_TYPE, origin: 'http://localhost:1' } },
    [403],
  ),
  refusedHello(
    'no origin and no proof of pairing: refused',
    { headers: JSON_TYPE, call: 'session', body: '{"v":1,"proofs":{}}' },
    [403],
  ),
  {
    name: 'a Host of another name, as DNS rebinding sends it: no answer of the endpoint',
    // The endpoint refuses, or is not there and the app says so in its own words.
    check: atEachListener(async (base) => {
      const { status } = await sendRaw({
        url: `${base}hello`,
        headers: { ...AS_PANEL, host: 'evil.example' },
        body: HELLO,
      });
      return status >= 400 ? undefined : `It answers ${status}.`;
    }),
  },
  {
    name: 'inside the app nothing of a session is said to who is not paired',
    async check(context) {
      const inside = insideOf(context);
      if (inside === undefined) return skipped('No endpoint was found.');
      const proofs = { cookies: context.page!.cookies, exchanges: [context.page!.discovery.exchange] };
      for (const [call, body] of [
        ['events', { v: 1, proofs, after: null, wait: false }],
        ['session', { v: 1, proofs }],
      ] as const) {
        const answer = await sendRaw({ url: inside + call, headers: AS_PANEL, body: JSON.stringify(body) });
        const fault = refusal(answer, [403], 'not-paired');
        if (fault !== undefined) return failed(`${call}: ${fault}`);
      }
      return OK;
    },
  },
  {
    name: 'at the direct listener an exchange id proves that exchange: it began and ended, and each event fits',
    async check(context) {
      const direct = directOf(context);
      if (direct === undefined) return skipped('There is no direct listener.');
      const { exchange } = context.page!.discovery;
      const { events, next } = await readEvents(direct, { exchanges: [exchange] });
      context.events = events;
      context.next = next;
      const types = events.flatMap((event) => ('exchange' in event && event.exchange === exchange ? [event.type] : []));
      if (!types.includes('exchange-started')) return failed('Its events hold no exchange-started of the page.');
      if (!types.includes('exchange-finished')) return failed('Its events hold no exchange-finished of the page.');
      if (!events.some(({ type }) => type === 'epoch-started')) return failed('Its events hold no epoch-started.');
      return OK;
    },
  },
  {
    name: 'events have growing numbers, and exchanges that were not proven are left out',
    async check({ events, page }) {
      if (events === undefined) return skipped('There are no events.');
      const seqs = events.filter(({ type }) => type !== 'gap-opened').map(({ seq }) => seq);
      if (seqs.some((seq, index) => index > 0 && seq <= seqs[index - 1]!)) return failed('Their numbers do not grow.');
      const foreign = events.find(
        (event) => 'exchange' in event && event.exchange !== null && event.exchange !== page!.discovery.exchange,
      );
      return verdict(foreign && 'They hold an exchange whose id was not sent.');
    },
  },
  {
    name: 'without a proof there is nothing of any exchange',
    async check(context) {
      const direct = directOf(context);
      if (direct === undefined) return skipped('There is no direct listener.');
      const body = JSON.stringify({ v: 1, proofs: { exchanges: ['0'.repeat(32)] }, after: null, wait: false });
      const answer = await sendRaw({ url: `${direct}events`, headers: AS_PANEL, body });
      if (answer.status !== 200) return verdict(refusal(answer, [403], 'proof-needed'));
      const parsed = parseText(eventsEnvelope, answer.text);
      if (!parsed.ok) return failed(`The answer does not fit: ${parsed.fault}.`);
      const types = parsed.value.events.map((event) => String((event as { type?: unknown } | null)?.type));
      return verdict(
        types.some((type) => /^(?:exchange|operation)-/.test(type))
          ? 'Its events hold exchanges of others.'
          : undefined,
      );
    },
  },
  {
    name: 'reading again after a position repeats nothing',
    async check(context) {
      const direct = directOf(context);
      if (direct === undefined || context.next === undefined) return skipped('There are no events.');
      const { exchange } = context.page!.discovery;
      const { events } = await readEvents(direct, { exchanges: [exchange] }, context.next);
      return verdict(
        events.some((event) => 'exchange' in event && event.exchange === exchange)
          ? 'Events of the page come a second time.'
          : undefined,
      );
    },
  },
  {
    name: 'a stream is text/event-stream, and its first message fits',
    async check(context) {
      const direct = directOf(context);
      if (direct === undefined) return skipped('There is no direct listener.');
      const proofs = { exchanges: [context.page!.discovery.exchange] };
      const body = JSON.stringify({ v: 1, proofs, after: null, wait: true });
      const { status, headers, text } = await sendRaw({
        url: `${direct}events`,
        headers: AS_PANEL,
        body,
        isEnough: (sofar) => firstMessage(sofar) !== undefined,
      });
      if (status !== 200) return failed(`It answers ${status}: ${text.slice(0, 200)}`);
      if (!String(headers['content-type']).startsWith('text/event-stream'))
        return failed(`Its content type is ${headers['content-type']}.`);
      const lines = firstMessage(text)?.split(/\r?\n/) ?? [];
      if (!lines.some((line) => /^event: ?events$/.test(line))) return failed('Its messages are not named “events”.');
      const data = lines.flatMap((line) => (line.startsWith('data:') ? line.slice('data:'.length).trim() : []));
      const parsed = parseText(eventsEnvelope, data.join('\n'));
      return verdict(parsed.ok ? undefined : `Its first message does not fit: ${parsed.fault}.`);
    },
  },
  {
    name: 'a cookie of the page proves its session, and is in no answer',
    async check(context) {
      const direct = directOf(context);
      const { cookies = [] } = context.page ?? {};
      if (direct === undefined) return skipped('There is no direct listener.');
      const names = new Set(context.hello!.libraries.flatMap(({ cookieNames }) => cookieNames));
      const own = cookies.filter(({ name }) => names.has(name));
      if (own.length === 0)
        return skipped('The page set no cookie of the session: give the URL of one that begins a session.');
      const body = JSON.stringify({ v: 1, proofs: { cookies: own } });
      const answer = await sendRaw({ url: `${direct}session`, headers: AS_PANEL, body });
      const session = fitting(answer, sessionAnswer);
      if (session.session === null) return failed('The cookie that the app has just set proves no session.');
      if (session.store.outcome !== 'found') return failed(`The store's outcome is ${session.store.outcome}.`);
      const said = answer.text + JSON.stringify(context.events ?? []);
      return verdict(
        own.some(({ value }) => value.length > 7 && [value, decoded(value)].some((text) => said.includes(text)))
          ? 'An answer holds the value of the cookie, which is a credential.'
          : undefined,
      );
    },
  },
];

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // It was not encoded.
    return value;
  }
}
