/** V3.3: how the session's cookie is set. Cookies of the app's own are not looked at. */
import { MAX_COOKIE_BYTES } from '../../../recording/browser-rules.ts';
import { hostOf } from '../../facts.ts';
import type { Evidence } from '../../rule.ts';
import { say, type Sentence } from '../../sentence.ts';
import { type Answer, met, metInPart, notTested, outside, type Section, unmet } from '../requirement.ts';
import type { SessionCookie } from '../session-cookie.ts';

const NOTHING_SET: Answer = notTested(
  say`No response set the session's cookie. Begin a session in the app: log in, or fill a cart.`,
);

const hasPrefix = ({ name }: SessionCookie) => /^__(?:host|secure)-/i.test(name);
const isHostOnly = ({ name }: SessionCookie) => /^__host-/i.test(name);
/** Where browsers do without Secure, and names with a prefix are refused without it. */
const isExcused = ({ secure, isPlainLocal }: SessionCookie) => !secure && isPlainLocal;

const evidenceOf = (cookie: SessionCookie, text: Sentence): Evidence => ({ exchange: cookie.exchange, text });
const decisive = (cookie: SessionCookie, text: Sentence): Evidence[] => [
  { ...evidenceOf(cookie, text), isDecisive: true },
];

/** Pieces of evidence for what is the same in each response. */
const MAX_EVIDENCE = 5;

/** The newest of each name, as all of them are. */
function ofEachName(cookies: readonly SessionCookie[], text: (cookie: SessionCookie) => Sentence): Evidence[] {
  const newest = new Map(cookies.map((cookie) => [cookie.name, cookie]));
  return [...newest.values()].slice(-MAX_EVIDENCE).map((cookie) => evidenceOf(cookie, text(cookie)));
}

const each = (cookies: readonly SessionCookie[]): string =>
  cookies.length === 1 ? 'The response that set the session cookie' : `Each of ${cookies.length} responses`;

const onPlainHttp = (cookie: SessionCookie): Answer =>
  notTested(
    say`${{ code: cookie.name }} was set without Secure over plain http to ${hostOf(cookie.exchange) ?? 'this machine'}, where that is a note. Run the app over https, as production does.`,
    [evidenceOf(cookie, say`Set-Cookie without Secure, over plain http to this machine`)],
  );

export const cookieSetup: Section = {
  id: '3.3',
  title: 'Cookie setup',
  requirements: [
    {
      id: '3.3.1',
      level: 1,
      title: 'Secure, and a name that says so',
      asks: 'Cookies have Secure, and a name that begins with __Host- or, where that cannot be, with __Secure-.',
      rules: ['cookie-not-secure'],
      decide({ cookies }) {
        if (cookies.length === 0) return NOTHING_SET;
        const isGood = (cookie: SessionCookie) => cookie.secure && hasPrefix(cookie);
        const bad = cookies.findLast((cookie) => !isGood(cookie) && !isExcused(cookie));
        if (bad !== undefined)
          return unmet({
            sentence: bad.secure
              ? say`${{ request: bad.exchange }} set ${{ code: bad.name }} with Secure, under a name that begins with neither ${{ code: '__Host-' }} nor ${{ code: '__Secure-' }}.`
              : say`${{ request: bad.exchange }} set ${{ code: bad.name }} without Secure.`,
            evidence: decisive(
              bad,
              bad.secure ? say`Set-Cookie of ${{ code: bad.name }}` : say`Set-Cookie without Secure`,
            ),
          });
        const excused = cookies.findLast(isExcused);
        if (excused !== undefined) return onPlainHttp(excused);
        return met({
          sentence: say`${each(cookies)} has Secure, and a name with the prefix.`,
          evidence: ofEachName(cookies, ({ name }) => say`Set-Cookie of ${{ code: name }} with Secure`),
        });
      },
    },
    {
      id: '3.3.2',
      level: 2,
      title: 'SameSite by purpose',
      asks: 'Each cookie names the SameSite that its purpose needs, so that other sites cannot have the browser act with it.',
      rules: ['cookie-same-site-absent'],
      decide({ cookies }) {
        if (cookies.length === 0) return NOTHING_SET;
        const bad = cookies.findLast(({ sameSite }) => sameSite === undefined);
        if (bad !== undefined)
          return unmet({
            sentence: say`${{ request: bad.exchange }} set ${{ code: bad.name }} without SameSite: each browser has a default of its own.`,
            evidence: decisive(bad, say`Set-Cookie without SameSite`),
          });
        const open = cookies.findLast(({ sameSite }) => sameSite === 'none');
        if (open !== undefined)
          return outside(
            say`${{ request: open.exchange }} set ${{ code: open.name }} with ${{ code: 'SameSite=None' }}: requests of other sites carry it. Whether its purpose needs that, only the app knows.`,
            [evidenceOf(open, say`Set-Cookie with ${{ code: 'SameSite=None' }}`)],
          );
        return met({
          sentence: say`${each(cookies)} has ${{ code: 'SameSite=Lax' }} or ${{ code: 'Strict' }}.`,
          evidence: ofEachName(
            cookies,
            ({ name, sameSite }) => say`Set-Cookie of ${{ code: name }} with ${{ code: `SameSite=${sameSite!}` }}`,
          ),
        });
      },
    },
    {
      id: '3.3.3',
      level: 2,
      title: 'For one host, unless shared on purpose',
      asks: 'Cookies have a name that begins with __Host-, but for those that are meant for several hosts.',
      rules: ['host-prefix-missing'],
      decide({ cookies }) {
        if (cookies.length === 0) return NOTHING_SET;
        const others = cookies.filter((cookie) => !isHostOnly(cookie));
        const bad = others.findLast((cookie) => cookie.domain === undefined && !isExcused(cookie));
        if (bad !== undefined)
          return unmet({
            sentence: say`${{ request: bad.exchange }} set ${{ code: bad.name }} for one host, under a name without ${{ code: '__Host-' }}.`,
            evidence: decisive(bad, say`Set-Cookie of ${{ code: bad.name }}`),
          });
        const shared = others.findLast(({ domain }) => domain !== undefined);
        if (shared !== undefined)
          return outside(
            say`${{ request: shared.exchange }} set ${{ code: shared.name }} for every host of ${{ code: shared.domain! }}. Whether it is meant to be shared, only the app knows.`,
            [evidenceOf(shared, say`Set-Cookie with ${{ code: `Domain=${shared.domain!}` }}`)],
          );
        const excused = others.at(-1);
        if (excused !== undefined) return onPlainHttp(excused);
        return met({
          sentence: say`${each(cookies)} has a name with ${{ code: '__Host-' }}.`,
          evidence: ofEachName(cookies, ({ name }) => say`Set-Cookie of ${{ code: name }}`),
        });
      },
    },
    {
      id: '3.3.4',
      level: 2,
      title: 'HttpOnly, and the key in Set-Cookie alone',
      asks: 'A cookie that scripts need not read has HttpOnly, and its value reaches the browser in Set-Cookie only.',
      rules: ['cookie-not-http-only'],
      decide({ cookies }) {
        if (cookies.length === 0) return NOTHING_SET;
        const bad = cookies.findLast(({ httpOnly }) => !httpOnly);
        if (bad !== undefined)
          return unmet({
            sentence: say`${{ request: bad.exchange }} set ${{ code: bad.name }} without HttpOnly: scripts of the page can read it.`,
            evidence: decisive(bad, say`Set-Cookie without HttpOnly`),
          });
        return metInPart({
          sentence: say`${each(cookies)} has HttpOnly.`,
          evidence: ofEachName(cookies, ({ name }) => say`Set-Cookie of ${{ code: name }} with HttpOnly`),
          limits: say`Whether a response body holds the value too is not seen: bodies are not recorded.`,
        });
      },
    },
    {
      id: '3.3.5',
      level: 3,
      title: 'Small enough for browsers',
      asks: 'Name and value of a cookie are no longer than 4,096 bytes together, or browsers drop it.',
      rules: ['cookie-too-large'],
      decide({ cookies }) {
        if (cookies.length === 0) return NOTHING_SET;
        const bad = cookies.findLast(({ length }) => length > MAX_COOKIE_BYTES);
        if (bad !== undefined)
          return unmet({
            sentence: say`${{ request: bad.exchange }} set ${{ code: bad.name }} with ${bad.length} bytes, where 4,096 are allowed.`,
            evidence: decisive(bad, say`Set-Cookie of ${bad.length} bytes`),
          });
        const largest = cookies.reduce((most, cookie) => (cookie.length > most.length ? cookie : most));
        return met({
          sentence: say`The largest of ${cookies.length} has ${largest.length} of the 4,096 bytes that are allowed.`,
          evidence: [evidenceOf(largest, say`Set-Cookie of ${largest.length} bytes`)],
        });
      },
    },
  ],
};
