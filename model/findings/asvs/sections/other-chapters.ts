/** What other chapters ask of sessions: V3.5 of requests that change who is logged in, V14 of where a key may be. */
import { isSafe } from '../../facts.ts';
import type { Evidence } from '../../rule.ts';
import { say } from '../../sentence.ts';
import { type Answer, beyond, metInPart, notTested, outside, type Section, unmetBy } from '../requirement.ts';
import type { Event, Run } from '../run.ts';

const REDIRECTS_FROM = 300;

function byPost({ logins, endings }: Run): Answer {
  const acts = [...logins, ...endings];
  const posts = acts.filter(({ exchange }) => !isSafe(exchange));
  const [first] = posts;
  const get = logins.findLast(({ exchange }) => isSafe(exchange));
  const evidence = (event: Event): Evidence => ({
    ...event,
    text:
      event.operation.operation === 'set'
        ? say`logs in by ${{ code: event.exchange.started!.method }}`
        : say`logs out by ${{ code: event.exchange.started!.method }}`,
  });
  if (first === undefined)
    return notTested(
      get === undefined
        ? say`No login or logout was seen. Log in, then log out.`
        : say`${{ request: get.exchange }} put a user into a session by a ${{ code: get.exchange.started!.method }}: right for the way back from an identity provider, not for a form. Log out.`,
      get === undefined ? [] : [evidence(get)],
    );
  const newest = posts.reduce((last, post) => (post.exchange.orderAt < last.exchange.orderAt ? last : post), first);
  return metInPart({
    sentence: say`${posts.length === 1 ? 'The login or logout that was seen' : `Each of ${posts.length} logins and logouts`} came by a method that changes things, as ${{ request: newest.exchange }}.`,
    evidence: [evidence(newest), ...(get === undefined ? [] : [evidence(get)])],
    limits:
      get === undefined
        ? say`What else is sensitive, only the app knows.`
        : say`${{ request: get.exchange }} put a user into a session by a ${{ code: get.exchange.started!.method }}: right for the way back from an identity provider, not for a form.`,
  });
}

function notCached({ asked }: Run): Answer {
  const pages = asked.filter(({ exchange }) => (exchange.finished.status ?? REDIRECTS_FROM) < REDIRECTS_FROM);
  const isStored = ({ exchange }: Event) => !/\bno-store\b/i.test(exchange.finished.cacheControl ?? '');
  const last = pages.at(-1);
  if (last === undefined)
    return notTested(say`No request of a logged-in user was seen. Log in, and open a page that shows what is theirs.`);
  const stored = pages.findLast(isStored);
  return stored === undefined
    ? metInPart({
        sentence: say`Each of ${pages.length} responses to a logged-in user has ${{ code: 'no-store' }}.`,
        evidence: [
          {
            ...last,
            text: say`asks who is logged in; ${{ code: `Cache-Control: ${last.exchange.finished.cacheControl!}` }}`,
          },
        ],
        limits: say`Those of requests that asked the session for its user. What else is sensitive, only the app knows.`,
      })
    : outside(
        say`The browser may keep the response to ${{ request: stored.exchange }}, which asked who is logged in: it has no ${{ code: 'no-store' }}. Whether it shows anything sensitive, only the app knows.`,
        [{ ...stored, text: say`asks who is logged in` }],
      );
}

export const originSeparation: Section = {
  id: '3.5',
  title: 'Browser origin separation',
  requirements: [
    {
      id: '3.5.3',
      level: 1,
      title: 'No GET changes what matters',
      asks: 'What changes things that matter comes by POST, PUT, PATCH or DELETE, not by a GET that any page can have the browser send; or the Sec-Fetch headers are checked.',
      rules: ['get-changes-login'],
      decide: (run, findings) =>
        unmetBy(run, findings, {
          limits: say`An app that checks the ${{ code: 'Sec-Fetch' }} headers itself meets it: that is not seen.`,
        }) ?? byPost(run),
    },
  ],
};

export const generalDataProtection: Section = {
  id: '14.2',
  title: 'General data protection',
  requirements: [
    beyond(
      {
        id: '14.2.1',
        level: 1,
        title: 'No secrets in URLs',
        asks: 'Secrets as a session key go in headers and bodies, never in the URL or its query.',
      },
      'Queries are not recorded, because they may hold secrets, and no key is known here to look for.',
    ),
  ],
};

export const clientDataProtection: Section = {
  id: '14.3',
  title: 'Client-side data protection',
  requirements: [
    {
      id: '14.3.2',
      level: 2,
      title: 'Browsers keep no sensitive response',
      asks: 'Responses with sensitive data have Cache-Control: no-store, so that browsers do not keep them.',
      rules: ['cacheable-set-cookie', 'cacheable-without-vary'],
      decide: (run, findings) => unmetBy(run, findings) ?? notCached(run),
    },
  ],
};
