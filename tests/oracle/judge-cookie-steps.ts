/** The cookie path of a request, once the program is over: what the browser did with the cookie, and its next request. */
import type { Judge, Looked } from './judge.ts';
import { setCookie } from './judge-request.ts';

export function judgeCookieSteps(judge: Judge, looked: Looked): void {
  const { claims, panel, tally, truth: all } = judge;
  const { exchange } = looked.cursor;
  const request = all.requests.get(looked.truth.request)!;
  // The session that it ended with, as the browser and the app had it.
  const key = looked.truth.key ?? undefined;
  const begunWith = request.sent;
  const say = (name: string, says: string, isSo: string) =>
    tally.false({
      kind: 'cookie step',
      step: looked.step,
      request: request.number,
      says: `${name}: ${says}`,
      isSo,
    });
  for (const { name, status, text } of claims.cookieSteps(panel.items.value, exchange)) {
    if (name === 'next-request') {
      const next = all.requests.get(Number(/^#\d+ GET \/r\/(\d+) /.exec(text)?.[1] ?? 0));
      if (next === undefined) {
        tally.unknown('cookie step');
        continue;
      }
      const isOfBefore = /the session that this request began with/.test(text);
      const isSo =
        next.sent === undefined
          ? 'it brought none'
          : next.sent === (isOfBefore ? begunWith : key)
            ? "it brought this session's"
            : 'it brought another';
      const says = /carried this session's cookie|carried the cookie of/.test(text)
        ? "it brought this session's"
        : /came without it|brought none/.test(text)
          ? 'it brought none'
          : /brought another/.test(text)
            ? 'it brought another'
            : // "brought a sid", after a request that ended without a session.
              next.sent === undefined
              ? 'it brought one'
              : isSo;
      if (says === isSo) tally.right('cookie step');
      else say(name, text, isSo);
      continue;
    }
    if (name === 'browser') {
      judgeBrowserStep(judge, looked, text);
      continue;
    }
    if (name === 'set-cookie' && status !== 'unknown' && request.setCookies !== undefined) {
      const isSet = request.setCookies.length > 0;
      if ((status === 'done') === isSet) tally.right('cookie step');
      else say(name, `${status}: ${text}`, isSet ? 'one was set' : 'none was set');
      continue;
    }
    // What became of memory and record is a claim of its own.
    if (name !== 'memory' && name !== 'store') tally.unknown('cookie step');
  }
}

/** What became of the cookie in the browser. */
function judgeBrowserStep({ tally, truth: all }: Judge, { step, cursor, truth }: Looked, text: string): void {
  const request = all.requests.get(truth.request)!;
  const { held, setCookies } = request;
  const sent = setCookie(request, cursor.exchange.started?.cookie.name ?? '');
  const isHeld = sent !== undefined && held?.value === sent.value;
  const key = truth.key ?? undefined;
  const rule = BROWSER_STEPS.find(([says]) => says.test(text));
  if (rule === undefined || setCookies === undefined) return tally.unknown('jar');
  const isBrought = [...all.requests.values()].some(
    (other) => other.beganAt > request.beganAt && key !== undefined && other.sent === key,
  );
  if (rule[1]({ isHeld, holdsAny: held !== undefined, isSent: sent !== undefined, isBrought }))
    return tally.right('jar');
  const has = held === undefined ? 'no such cookie' : isHeld ? 'this cookie' : 'another cookie of that name';
  tally.false({
    kind: 'jar',
    step,
    request: request.number,
    says: text,
    isSo: `${sent === undefined ? 'none came, and ' : ''}the jar had ${has}`,
  });
}

interface JarFacts {
  /** The jar had what this response set, once it was taken in. */
  isHeld: boolean;
  holdsAny: boolean;
  isSent: boolean;
  /** A later request brought the session's cookie. */
  isBrought: boolean;
}

const BROWSER_STEPS: readonly (readonly [says: RegExp, isSo: (facts: JarFacts) => boolean])[] = [
  [/later request brought it/, ({ isBrought }) => isBrought],
  [/^Nothing to receive/, ({ isSent }) => !isSent],
  [/^The browser's jar holds it/, ({ isHeld }) => isHeld],
  [/^The browser took it, and holds another value/, ({ isHeld, holdsAny }) => holdsAny && !isHeld],
  [/^The browser dropped the cookie/, ({ holdsAny, isSent }) => isSent && !holdsAny],
  [/^The browser received it and did not keep it/, ({ holdsAny, isSent }) => isSent && !holdsAny],
  [/^The browser holds another/, ({ isHeld, holdsAny }) => holdsAny && !isHeld],
  [/^The header drops no cookie that is there/, ({ holdsAny }) => holdsAny],
  [/^Browsers do not take it/, ({ isHeld }) => !isHeld],
  [/did not reach the browser/, ({ isSent }) => !isSent],
];
