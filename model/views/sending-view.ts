/** *Would it be sent?*: the question as it stands, and the answer for each cookie of the session's name. */
import { sendingOf } from '../recording/cookie-sending.ts';
import type { FutureRequest, RequestKind } from '../recording/future-request.ts';
import type { Decision } from '../recording/sending-rules.ts';
import type { ExchangeRecord } from '../recording/records.ts';
import { numberText } from '../labels/exchange-labels.ts';
import { placeLabel } from '../labels/place-label.ts';
import { browserOf, type KnownCookies, knownCookies, type KnownFrom, sessionCookieOf } from './known-cookies.ts';

/** Kinds of requests, in words. */
export const KIND_LABELS: Readonly<Record<RequestKind, string>> = {
  link: 'Link, or location = …',
  typed: 'Address typed, bookmark',
  'form-post': 'Form, POST',
  fetch: 'fetch, XMLHttpRequest',
  'fetch-include': 'fetch, credentials: "include"',
  'fetch-omit': 'fetch, credentials: "omit"',
  frame: 'iframe',
  image: 'Image, script, style',
};

/** The request's own URL, and the inspected page; empty where neither is known. */
export function defaultQuestion(
  exchange: ExchangeRecord,
  pageOrigin: string | undefined,
): { url: string; page: string } {
  const { har, started } = exchange;
  const own = started?.host === undefined ? '' : `${started.protocol ?? 'http'}://${started.host}${started.path}`;
  const url = har?.url ?? own;
  const page = pageOrigin ?? har?.pageOrigin;
  return { url, page: page === undefined ? '' : `${page}/` };
}

/** What the cookie could be set with in its place. */
export type SetWith = 'strict' | 'lax' | 'none';

/** SameSite as a server writes it; None needs Secure. */
export const SET_WITH_LABELS: Readonly<Record<SetWith, string>> = {
  strict: 'SameSite=Strict',
  lax: 'SameSite=Lax',
  none: 'SameSite=None; Secure',
};

export interface SendingAnswer extends Decision {
  /** Where the cookie belongs, in words; absent where there is none. */
  place?: string;
}

export interface SendingView {
  /** The session's cookie. */
  name: string;
  /** One for each cookie of that name that could be meant, what is sent first; one at least. */
  answers: readonly SendingAnswer[];
  /** What the answers rest on, a sentence. */
  source: string;
}

/** `setWith`: as if the cookie had been set so. `undefined`: the name of the session's cookie is not known. */
export function sendingView(
  exchange: ExchangeRecord,
  request: Omit<FutureRequest, 'browser'>,
  from: KnownFrom,
  setWith?: SetWith,
): SendingView | undefined {
  const name = sessionCookieOf(exchange);
  if (name === undefined) return undefined;
  const known = knownCookies(name, exchange, from);
  const browser = browserOf(from.items);
  const answers = known.cookies.map((held): SendingAnswer => {
    const cookie =
      setWith === undefined ? held : { ...held, sameSite: setWith, secure: held.secure || setWith === 'none' };
    const below = cookie.partition === undefined ? '' : `, only below ${cookie.partition}`;
    return { place: `${placeLabel(cookie)}${below}`, ...sendingOf(cookie, { ...request, browser }) };
  });
  return {
    name,
    answers: answers.length === 0 ? [withoutCookie(known)] : relevant(answers),
    source:
      setWith === undefined || answers.length === 0
        ? sourceOf(known)
        : `${sourceOf(known)} What if: as though it had been set with ${SET_WITH_LABELS[setWith]}.`,
  };
}

const RANK = { yes: 0, unknown: 1, no: 2 } as const;

/** Cookies of other hosts say nothing where the host of the request has one. */
function relevant(answers: readonly SendingAnswer[]): SendingAnswer[] {
  const ofHost = answers.filter(({ rule }) => rule !== 'host-only' && rule !== 'domain');
  return (ofHost.length > 0 ? ofHost : answers).toSorted((a, b) => RANK[a.answer] - RANK[b.answer]);
}

function withoutCookie({ name, from, setIn, refusal }: KnownCookies): SendingAnswer {
  if (from === 'nothing')
    return {
      answer: 'unknown',
      rule: 'not-read',
      text: `What the browser holds of ${name} is not known: no response with such a Set-Cookie was seen, and the jar can't be read here.`,
    };
  if (refusal !== undefined) return { answer: 'no', rule: refusal.rule, text: refusal.text, fix: refusal.fix };
  const why =
    from === 'header'
      ? `${numberText(setIn!)} dropped it.`
      : from === 'recorded'
        ? `It held none after ${numberText(setIn!)}.`
        : `It holds none of that name for these hosts, below the page that is open.`;
  return {
    answer: 'no',
    rule: 'no-cookie',
    text: `There is no ${name} to send. ${why}`,
    fix: 'Have a response set it; the cookie path above says where one was lost.',
  };
}

function sourceOf({ from, setIn }: KnownCookies): string {
  switch (from) {
    case 'jar':
      return "From the browser's jar, as it is now.";
    case 'recorded':
      return `From the browser's jar, as it was after ${numberText(setIn!)}.`;
    case 'header':
      return `Assumed: as the Set-Cookie of ${numberText(setIn!)} says. The jar was not asked.`;
    default:
      return '';
  }
}
