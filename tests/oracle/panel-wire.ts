/** The panel's side of the wire: pairs with an app under test once, and reads its companion's events by polls. */
import { Agent, request } from 'node:http';
import { CHROMIUM_EXTENSION_ID } from '../../extension-identity.ts';
import {
  eventsEnvelope,
  helloAnswer,
  pairAnswer,
  parseEvents,
  type Position,
  PROTOCOL_VERSION,
  type SessionscopeEvent,
} from '../../protocol/index.ts';
import { type CallProof, callEndpoint, type EndpointAddress } from '../../transport/endpoint-client.ts';
import { checkPairing } from '../../transport/paired-endpoint.ts';
import { SameValues } from '../../transport/same-values.ts';
import type { OpenServer } from './app-process.ts';

const ORIGIN = `chrome-extension://${CHROMIUM_EXTENSION_ID}`;

const agent = new Agent({ keepAlive: true });

/** As the extension fetches, with its Origin; on Node's own client, which costs a third of `fetch`. */
const asPanel: typeof fetch = (url, init) =>
  new Promise((resolve, reject) => {
    const headers = { ...(init?.headers as Record<string, string>), origin: ORIGIN };
    const asked = request(url as string, { agent, method: 'POST', headers });
    asked.on('error', reject);
    asked.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => resolve(new Response(Buffer.concat(parts), { status: response.statusCode ?? 500 })));
    });
    asked.end(init?.body as string);
  });

/** One panel for all servers of one app under test: its token outlives them. */
export class PanelWire {
  #token: Promise<string> | undefined;
  /** By epoch: a server that serves many programs is read on, not from its start. */
  readonly #readers = new Map<string, EventReader>();
  readonly #terminal: () => string;

  constructor(terminal: () => string) {
    this.#terminal = terminal;
  }

  /** A reader of one server's events. */
  async connect({ port, epoch }: OpenServer): Promise<EventReader> {
    const known = this.#readers.get(epoch);
    if (known !== undefined) {
      await known.skip();
      return known;
    }
    const inside: EndpointAddress = { origin: `http://127.0.0.1:${port}`, path: '/__sessionscope__' };
    const hello = await callEndpoint(inside, 'hello', { versions: [1] }, helloAnswer, { fetch: asPanel });
    if (!hello.ok) throw new Error(`hello: ${hello.text}`);
    const address = hello.value.directListener ?? inside;
    this.#token ??= this.#pair(address);
    const token = await this.#token;
    const { app } = hello.value;
    const check = await checkPairing(address, { token, app, origin: ORIGIN, call: { fetch: asPanel } });
    if (!check.ok) throw new Error(`pairing: ${check.why}`);
    const reader = new EventReader(address, check.pairing);
    this.#readers.set(epoch, reader);
    return reader;
  }

  async #pair(address: EndpointAddress): Promise<string> {
    const ask = (code?: string) =>
      callEndpoint(address, 'pair', { v: PROTOCOL_VERSION, ...(code ? { code } : {}) }, pairAnswer, { fetch: asPanel });
    await ask();
    for (let tries = 0; tries < 500; tries++) {
      const code = /pairing code for .*?: ([A-Z0-9]{8})/.exec(this.#terminal())?.[1];
      const answer = code === undefined ? undefined : await ask(code);
      if (answer?.ok && answer.value.state === 'paired') return answer.value.token;
      if (answer !== undefined) throw new Error(`pair: ${JSON.stringify(answer)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error('no pairing code was printed');
  }
}

export class EventReader {
  readonly #address: EndpointAddress;
  readonly #pairing: CallProof;
  #after: Position | null = null;
  /** Who reports the events: whatever is skipped, this is known. */
  #epochs: SessionscopeEvent[] = [];
  #isSkipped = false;

  constructor(address: EndpointAddress, pairing: CallProof) {
    this.#address = address;
    this.#pairing = pairing;
  }

  /** Passes over what was recorded so far: the next poll begins with the epoch, and goes on after it. */
  async skip(): Promise<void> {
    await this.poll();
    this.#isSkipped = true;
  }

  /** What came since the last poll, checked as the panel checks it. */
  async poll(): Promise<SessionscopeEvent[]> {
    const all: SessionscopeEvent[] = this.#isSkipped ? [...this.#epochs] : [];
    this.#isSkipped = false;
    for (;;) {
      const body = { v: PROTOCOL_VERSION, proofs: {}, after: this.#after, wait: false };
      const options = { fetch: asPanel, pairing: this.#pairing };
      const answer = await callEndpoint(this.#address, 'events', body, eventsEnvelope, options);
      if (!answer.ok) throw new Error(`events: ${answer.text}`);
      const parsed = parseEvents(answer.value);
      if (!parsed.ok) throw new Error(`events: ${parsed.fault}`);
      const { next, more } = parsed.value;
      const events = new SameValues().expand(parsed.value.events);
      all.push(...events);
      this.#epochs.push(...events.filter(({ type }) => type === 'epoch-started'));
      this.#after = next;
      if (!more) return all;
    }
  }
}
