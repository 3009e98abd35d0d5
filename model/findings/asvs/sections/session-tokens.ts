/** V7.2: where session keys come from, who verifies them, what a login makes of them. */
import { isBefore } from '../../../history/moment.ts';
import { memoriesOf } from '../../../history/memory.ts';
import { valueAt } from '../../../values/parts.ts';
import { isSealed } from '../../facts.ts';
import type { Evidence } from '../../rule.ts';
import { say } from '../../sentence.ts';
import { type Answer, met, metInPart, notTested, outside, type Section, unmet, unmetBy } from '../requirement.ts';
import type { Event, Run } from '../run.ts';

const REFUSALS: Readonly<Record<string, string>> = {
  missing: 'no record has its key',
  expired: 'its time is over',
  'invalid-signature': 'its signature is invalid',
};

/** How a login left the key that its visitor had come with. */
interface Rotation {
  login: Event;
  /** The operation that took the old key's worth. */
  end: Event;
}

/** Of a login by somebody who had a session: the old key was ended in the same request, and a new one saved. */
function rotationOf({ exchange, operation: login }: Event): Rotation | undefined {
  const { started, finished, operations } = exchange;
  const before = started!.cookie.fingerprint;
  const { sessionAfter } = finished;
  if (before === undefined || sessionAfter === null || sessionAfter === before || isSealed(exchange)) return undefined;
  if (finished.verdict.record.outcome !== 'saved') return undefined;
  const end = operations.find(
    ({ operation, from, outcome }) =>
      (operation === 'cycle-key' || operation === 'flush') && from === before && outcome !== 'error',
  );
  if (end === undefined || !isLeft(exchange, login, end)) return undefined;
  return { login: { exchange, operation: login }, end: { exchange, operation: end } };
}

function newestRotation({ logins }: Run): Rotation | undefined {
  for (const login of logins.toReversed()) {
    const found = rotationOf(login);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether the user is in the session as the request ends: a new key may have dropped what was written before. */
function isLeft(exchange: Event['exchange'], login: Event['operation'], end: Event['operation']): boolean {
  const memory = memoriesOf(exchange).at(-1);
  const value = memory === undefined ? 'unknown' : valueAt(memory, login.path!);
  return value === 'unknown' ? login.seq > end.seq : value !== undefined;
}

/** The same key, made twice by who had not brought it; `undefined`: there is none. */
function madeTwice({ made }: Run) {
  const first = new Map<string, Run['made'][number]>();
  for (const one of made) {
    const before = first.get(one.key);
    // A cookie that is the session is sealed alike twice in one second.
    if (before !== undefined && !isSealed(one.exchange)) return [before, one] as const;
    first.set(one.key, one);
  }
  return undefined;
}

/** By a GET the rule does not call it a login: an app may put a name into a session for another reason. */
const keepsKey = ({ exchange: { started, finished, operations } }: Event): boolean =>
  started!.cookie.fingerprint !== undefined &&
  finished.sessionAfter === started!.cookie.fingerprint &&
  operations.some(({ operation, outcome }) => operation === 'load' && outcome === 'found');

const kept = ({ exchange }: Event) => say`${{ request: exchange }} put a user into a session and kept its key.`;

function untested({ logins }: Run): Answer {
  const login = logins.at(-1);
  if (login === undefined)
    return notTested(
      say`No login was seen: nothing put a ${{ code: 'user' }}, ${{ code: 'user_id' }} or the like into a session. Open a page that begins a session, then log in.`,
    );
  const evidence = [{ ...login, text: say`puts the user into the session` }];
  if (keepsKey(login))
    return notTested(say`${kept(login)} Whether that was a login is not known. Log in by the app's form.`, evidence);
  return login.exchange.started!.cookie.fingerprint === undefined
    ? notTested(
        say`${{ request: login.exchange }} logged in without a session from before. Open a page that begins a session, then log in.`,
        evidence,
      )
    : notTested(
        say`${{ request: login.exchange }} logged in, and what became of the key from before was not seen. Log in once more.`,
        evidence,
      );
}

function newKeyAtLogin(run: Run): Answer {
  const rotation = newestRotation(run);
  if (rotation === undefined) {
    const sealed = run.logins.findLast(
      ({ exchange }) => isSealed(exchange) && exchange.finished.verdict.cookie.outcome === 'set',
    );
    if (sealed !== undefined)
      return outside(
        say`Where the cookie is the session, ${{ request: sealed.exchange }} made another one, and nothing ends the one from before: whether the app refuses it can't be seen.`,
        [{ ...sealed, text: say`puts the user into the session` }],
      );
    return untested(run);
  }
  const { login, end } = rotation;
  const { exchange } = login;
  const old = { session: end.operation.from! };
  const later = run.refusals.findLast(
    ({ operation }) => operation.session === old.session && isBefore(end.operation, operation),
  );
  const acts = [
    { ...end, text: say`ends that key`, isDecisive: true },
    { ...login, text: say`puts the user into the session` },
  ].toSorted((a, b) => a.operation.seq - b.operation.seq);
  const evidence: Evidence[] = [
    { exchange, text: say`comes with session ${old}` },
    ...acts,
    ...(later === undefined ? [] : [{ ...later, text: say`comes with the old key, and gets nothing by it` }]),
  ];
  const answer = {
    sentence: say`${{ request: exchange }} ended key ${old} as it logged in, and went on under ${{ session: exchange.finished.sessionAfter! }}.`,
    evidence,
    limits: say`That ${{ path: login.operation.path! }} means a login is taken from its name.`,
  };
  const other = run.logins.findLast(keepsKey);
  return other === undefined
    ? met(answer)
    : metInPart({ ...answer, limits: say`${kept(other)} Whether that was a login is not known.` });
}

export const sessionTokens: Section = {
  id: '7.2',
  title: 'Fundamental session management security',
  requirements: [
    {
      id: '7.2.1',
      level: 1,
      title: 'Keys are verified on the server',
      asks: 'Whether a session key is good is decided by a service that can be trusted, never by the browser.',
      rules: [],
      decide({ refusals }) {
        const refusal = refusals.at(-1);
        if (refusal === undefined)
          return notTested(
            say`No bad cookie came. Change some letters of the session's cookie in DevTools (Application, Cookies) and load the page.`,
          );
        const why = REFUSALS[refusal.operation.outcome!]!;
        return met({
          sentence: say`The server refused the cookie that ${{ request: refusal.exchange }} brought: ${why}.`,
          evidence: [{ ...refusal, text: say`looks the session up: ${why}`, isDecisive: true }],
        });
      },
    },
    {
      id: '7.2.2',
      level: 1,
      title: 'Keys are made for each session',
      asks: 'Sessions have keys or tokens that are made as they begin, not secrets that stay the same.',
      rules: [],
      decide(run) {
        const twice = madeTwice(run);
        if (twice !== undefined) {
          const [first, again] = twice;
          return unmet({
            sentence: say`${{ request: first.exchange }} and ${{ request: again.exchange }} both made a session under the key ${{ session: again.key }}.`,
            evidence: [
              { exchange: first.exchange, operation: first.operation, text: say`makes a session` },
              {
                exchange: again.exchange,
                operation: again.operation,
                text: say`makes one under the same key`,
                isDecisive: true,
              },
            ],
          });
        }
        const last = run.made.at(-1);
        const other = run.made.findLast(({ key }) => key !== last?.key);
        if (last === undefined || other === undefined)
          return notTested(
            say`${last === undefined ? 'No session was' : 'One session was'} seen to begin. Begin two: log in after another page, or use a second browser window.`,
            last === undefined
              ? []
              : [
                  {
                    exchange: last.exchange,
                    operation: last.operation,
                    text: say`makes session ${{ session: last.key }}`,
                  },
                ],
          );
        return met({
          sentence: say`${run.made.length} sessions began, each under a key of its own.`,
          evidence: [other, last].map(({ exchange, operation, key }) => ({
            exchange,
            operation,
            text: say`makes session ${{ session: key }}`,
          })),
        });
      },
    },
    {
      id: '7.2.3',
      level: 1,
      title: 'Keys cannot be guessed',
      asks: 'Keys that name a session are unique, come from a cryptographically secure random generator, and hold 128 random bits or more.',
      rules: ['unknown-key-adopted'],
      decide: (run, findings) =>
        unmetBy(run, findings) ??
        outside(
          say`Keys never leave the server, so their length and randomness are not recorded. What to read: how the library makes them, and whether the app gives it a generator of its own.`,
        ),
    },
    {
      id: '7.2.4',
      level: 1,
      title: 'A new key at login, and the old one ends',
      asks: 'Who logs in, or proves again who they are, goes on under a new key, and the key from before opens nothing any more.',
      rules: ['key-kept-at-login', 'old-key-works'],
      decide: (run, findings) =>
        // An old key that a logout had ended is about 7.4.1.
        unmetBy(run, findings, { counts: ({ operation }) => operation?.operation !== 'flush' }) ?? newKeyAtLogin(run),
    },
  ],
};
