/** The cookies of a session's name that this browser holds, as far as it is known: from the jar, else from a header. */
import { cookieOfHeader } from '../recording/assumed-cookie.ts';
import { attributesOf, type BrowserRule, refusalOf } from '../recording/browser-rules.ts';
import type { CookieChange } from '../recording/cookie-changes.ts';
import type { BrowserName, SendableCookie } from '../recording/future-request.ts';
import { receivedCookie } from '../recording/received-cookie.ts';
import type { HarExchange, SetCookie } from '../recording/har.ts';
import type { KeptCookie } from '../recording/jar.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';
import { urlOrigin } from '../recording/url-origin.ts';

export interface KnownCookies {
  name: string;
  /** `jar`: read from it now; `recorded`: what it said after a response; `header`: as Set-Cookie says, nobody asked the jar. */
  from: 'jar' | 'recorded' | 'header' | 'nothing';
  cookies: readonly SendableCookie[];
  /** Whose response set it last, in this browser. */
  setIn?: ExchangeRecord;
  /** Why browsers do not take what the header says. */
  refusal?: BrowserRule;
}

/** The name of the session's cookie; `undefined`: the start of the request is not in the recording. */
export const sessionCookieOf = ({ started, finished }: ExchangeRecord): string | undefined =>
  started?.cookie.name ?? finished?.verdict.cookie.attributes?.name;

export interface KnownFrom {
  items: readonly TimelineItem[];
  /** What changed in the jar while recording. */
  changes: readonly CookieChange[];
  /** What the jar holds of that name now; `undefined`: it can't be read. */
  jar: readonly KeptCookie[] | undefined;
}

export function knownCookies(name: string, exchange: ExchangeRecord, { items, changes, jar }: KnownFrom): KnownCookies {
  const setters = settersOf(name, exchange, items);
  const aged = (cookie: KeptCookie) => ({ ...cookie, ...creationOf(cookie, changes, setters) });
  if (jar !== undefined) return { name, from: 'jar', cookies: jar.map(aged) };
  const setter = setters.at(-1);
  if (setter === undefined) return { name, from: 'nothing', cookies: [] };
  const { exchange: setIn, har, line, index } = setter;
  const fate = har.jar?.[index] ?? receivedCookie(setIn)?.fate;
  if (fate !== undefined) {
    const kept = fate.cookie === undefined ? (fate.others ?? []) : [fate.cookie];
    // A jar that says nothing of SameSite took what the header says.
    const { sameSite } = attributesOf(line.attributes);
    const whole = kept.map((one) => (sameSite === undefined || fate.cookie !== one ? one : { sameSite, ...one }));
    return { name, from: 'recorded', setIn, cookies: whole.map(aged) };
  }
  const refusal = refusalOf(line, har);
  if (refusal !== undefined) return { name, from: 'header', setIn, refusal, cookies: [] };
  const cookie = cookieOfHeader(line, { ...har, at: har.startedAt + har.durationMs });
  return { name, from: 'header', setIn, cookies: cookie === undefined ? [] : [aged(cookie)] };
}

interface Setter {
  exchange: ExchangeRecord;
  har: HarExchange;
  line: SetCookie;
  /** Among the response's Set-Cookie lines. */
  index: number;
}

/** Responses that DevTools saw, of the host of this one, with a Set-Cookie of that name; in order. */
function settersOf(name: string, exchange: ExchangeRecord, items: readonly TimelineItem[]): Setter[] {
  const host = exchange.har === undefined ? undefined : urlOrigin(exchange.har.url)?.hostname;
  return items.flatMap((item) => {
    if (item.kind !== 'exchange' || item.har === undefined) return [];
    if (host !== undefined && urlOrigin(item.har.url)?.hostname !== host) return [];
    const index = item.har.setCookies.findLastIndex((line) => line.name === name);
    return index < 0 ? [] : [{ exchange: item, har: item.har, line: item.har.setCookies[index]!, index }];
  });
}

/** When it was created: a value that is written again keeps its age, and whether it was the same is not known. */
function creationOf(
  { name, domain, path, partition }: KeptCookie,
  changes: readonly CookieChange[],
  setters: readonly Setter[],
): Pick<SendableCookie, 'createdFrom' | 'createdTo'> {
  const own = changes.filter(
    ({ at, cookie }) =>
      at > 0 &&
      cookie.name === name &&
      cookie.domain === domain &&
      cookie.path === path &&
      cookie.partition === partition,
  );
  const first = own.findLast(({ kind }) => kind === 'set')?.at;
  const last = own.findLast(({ kind }) => kind === 'set' || kind === 'replaced')?.at;
  const setter = setters.at(-1);
  // None was sent, so the one that was set is new.
  const isNew = setter !== undefined && setter.har.cookieNames?.includes(name) === false;
  const createdFrom = first ?? (isNew ? setter.har.startedAt : undefined);
  const createdTo = last ?? (setter === undefined ? undefined : setter.har.startedAt + setter.har.durationMs);
  return {
    ...(createdFrom === undefined ? {} : { createdFrom }),
    ...(createdTo === undefined ? {} : { createdTo }),
  };
}

/** The browser that DevTools belongs to; `undefined`: it has said of no response. */
export const browserOf = (items: readonly TimelineItem[]): BrowserName | undefined =>
  items.findLast((item): item is ExchangeRecord => item.kind === 'exchange' && item.har?.browser !== undefined)?.har
    ?.browser;
