/** Which requests had to do with which session, and with which cookie of which host; brought up to date as they come. */
import { isOfDevtools } from '../recording/devtools-request.ts';
import { hostname, hostOf } from '../recording/host.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';
import { stepsOf } from './session-steps.ts';

/** A cookie's name and the host that it belongs to, without a port: browsers keep one for all ports. */
export interface CookiePlace {
  name: string;
  hostname: string;
}

/** `undefined`: neither browser nor server says the host, or what the request's start would say was not seen. */
export function cookiePlaceOf(exchange: ExchangeRecord): CookiePlace | undefined {
  const host = hostOf(exchange);
  const name = exchange.started?.cookie.name;
  return host === undefined || name === undefined ? undefined : { name, hostname: hostname(host) };
}

const keyOf = ({ name, hostname: of }: CookiePlace) => `${name} ${of}`;
const hostKeyOf = (place: CookiePlace, host: string) => `${keyOf(place)} ${host}`;

export class SessionRequests {
  /** Of each item, under which names it stands. */
  readonly #names: (readonly string[])[] = [];
  readonly #byName = new Map<string, number[]>();
  #items: readonly TimelineItem[] = [];

  /** `from`: index of the first item that has changed since the last call. */
  update(items: readonly TimelineItem[], from: number): void {
    this.#items = items;
    while (this.#names.length > from) {
      const at = this.#names.length - 1;
      for (const name of this.#names.pop()!) this.#remove(name, at);
    }
    for (let at = this.#names.length; at < items.length; at++) {
      const names = namesOf(items[at]!);
      this.#names.push(names);
      for (const name of names) this.#add(name, at);
    }
  }

  /** In order. */
  ofSession(session: string): ExchangeRecord[] {
    return this.#exchanges(session);
  }

  /** Whether they went to more than one port. */
  hasSeveralPorts(place: CookiePlace): boolean {
    const all = this.#byName.get(keyOf(place)) ?? [];
    const last = this.#items[all.at(-1) ?? -1] as ExchangeRecord | undefined;
    const own = last === undefined ? [] : (this.#byName.get(hostKeyOf(place, hostOf(last)!)) ?? []);
    return own.length < all.length;
  }

  /** Those that could bring or set this cookie, whatever their port; in order. */
  ofCookie(place: CookiePlace): ExchangeRecord[] {
    return this.#exchanges(keyOf(place));
  }

  #exchanges(name: string): ExchangeRecord[] {
    return (this.#byName.get(name) ?? []).map((at) => this.#items[at] as ExchangeRecord);
  }

  #add(name: string, at: number): void {
    const list = this.#byName.get(name);
    if (list === undefined) this.#byName.set(name, [at]);
    else list.push(at);
  }

  #remove(name: string, at: number): void {
    const list = this.#byName.get(name);
    if (list?.at(-1) !== at) return;
    list.pop();
    if (list.length === 0) this.#byName.delete(name);
  }
}

/** By what is named in it alone: all requests are asked, and what each did only where somebody looks. */
function namesOf(item: TimelineItem): readonly string[] {
  if (item.kind !== 'exchange' || isDevtoolsNoise(item)) return [];
  const { started, finished, operations } = item;
  const names = new Set<string | null | undefined>([
    started?.cookie.fingerprint,
    finished?.sessionBefore,
    finished?.sessionAfter,
  ]);
  for (const { session, from, to } of operations) names.add(session).add(from).add(to);
  const place = cookiePlaceOf(item);
  if (place !== undefined) names.add(keyOf(place)).add(hostKeyOf(place, hostOf(item)!));
  return [...names].filter((name) => typeof name === 'string');
}

/** DevTools' own request, which brought a cookie and did nothing to any key. */
function isDevtoolsNoise(exchange: ExchangeRecord): boolean {
  if (!isOfDevtools(exchange)) return false;
  const { set, steps } = stepsOf(exchange);
  return set === undefined && steps.every(({ is }) => is === 'found' || is === 'saved');
}

/** Of items that are asked about once. */
export function requestsIn(items: readonly TimelineItem[]): SessionRequests {
  const requests = new SessionRequests();
  requests.update(items, 0);
  return requests;
}
