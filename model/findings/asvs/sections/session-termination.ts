/** V7.4: what ends a session, and whether it stays ended. */
import { isBefore } from '../../../history/moment.ts';
import { isSealed } from '../../facts.ts';
import type { Evidence } from '../../rule.ts';
import { say } from '../../sentence.ts';
import { newestLapse } from '../lapses.ts';
import { type Answer, beyond, met, metInPart, notTested, outside, type Section, unmetBy } from '../requirement.ts';
import type { Event, Run } from '../run.ts';

/** The newest that a later request put to the test, else the newest. */
function endingOf({ endings, refusals }: Run) {
  const refused = new Map(refusals.map((refusal) => [refusal.operation.session, refusal]));
  let newest: { ending: Event; later?: Event } | undefined;
  for (const ending of endings.toReversed()) {
    if (isSealed(ending.exchange)) continue;
    const later = refused.get(ending.operation.from!);
    if (later !== undefined && isBefore(ending.operation, later.exchange)) return { ending, later };
    newest ??= { ending };
  }
  return newest;
}

function ended(run: Run): Answer {
  const found = endingOf(run);
  const lapse = newestLapse(run);
  const expiry: Evidence[] =
    lapse === undefined
      ? []
      : [{ ...lapse.refusal, text: say`comes after its session's time was over, and gets nothing` }];
  if (found === undefined) {
    if (lapse === undefined)
      return notTested(say`No logout was seen, and no cookie of a session whose time was over. Log in, then log out.`);
    return metInPart({
      sentence: say`${{ request: lapse.refusal.exchange }} came after its session's time was over, and got nothing by its cookie.`,
      evidence: expiry,
      limits: say`No logout was seen. Log in, then log out.`,
    });
  }
  const { ending, later } = found;
  const session = { session: ending.operation.from! };
  const answer = {
    sentence:
      later === undefined
        ? say`${{ request: ending.exchange }} ended session ${session}, and the store deleted its record.`
        : say`${{ request: ending.exchange }} ended session ${session}, and ${{ request: later.exchange }}, which brought its cookie again, got nothing by it.`,
    evidence: [
      { ...ending, text: say`ends the session; the store deletes the record`, isDecisive: true },
      ...(later === undefined ? [] : [{ ...later, text: say`brings the cookie, and finds no record` }]),
      ...expiry,
    ],
  };
  return lapse === undefined
    ? metInPart({ ...answer, limits: say`That an expired session opens nothing was not seen: see 7.3.1.` })
    : met(answer);
}

/** A framework that finds the password changed ends the user's other sessions as they come. */
function endedByPassword(run: Run): Answer {
  const finding = run
    .findingsOf('password-hash-differs')
    .find(({ seen }) => seen[0]!.exchange.finished?.verdict.record.reason === 'session-hash-differs');
  const explanation = finding && run.explain(finding);
  return explanation === undefined
    ? outside(
        say`Which sessions are one user's is not recorded. Change a password in one browser, and see whether another is offered to be logged out.`,
      )
    : metInPart({
        sentence: explanation.sentence,
        evidence: explanation.evidence,
        limits: say`Other factors than the password were not seen; and a changed SECRET_KEY looks the same.`,
      });
}

export const sessionTermination: Section = {
  id: '7.4',
  title: 'Session termination',
  requirements: [
    {
      id: '7.4.1',
      level: 1,
      title: 'An ended session stays ended',
      asks: 'Once a session was ended, by a logout or by its time, nothing can be done with it any more: its record is gone, or its token is refused.',
      rules: [
        'logout-undone',
        'sealed-logout-undone',
        'old-key-works',
        'revoked-session-served',
        'expired-record-loads',
        'logout-keeps-session',
        'revoked-cookie-works',
      ],
      decide: (run, findings) =>
        // An old key that a login had replaced is about 7.2.4.
        unmetBy(run, findings, {
          counts: ({ operation, exchange }) => operation?.operation !== 'cycle-key' || isSealed(exchange),
        }) ?? ended(run),
    },
    beyond(
      {
        id: '7.4.2',
        level: 1,
        title: 'Sessions of a disabled account end',
        asks: 'Where an account is disabled or deleted, all of its sessions end.',
      },
      "Which sessions are one user's is not recorded. Disable an account that is logged in with another client, and load a page there.",
    ),
    {
      id: '7.4.3',
      level: 2,
      title: 'A new password can end the other sessions',
      asks: 'After a password or another factor was changed or removed, the user can end all of their other sessions.',
      rules: [],
      decide: endedByPassword,
    },
    beyond(
      {
        id: '7.4.4',
        level: 2,
        title: 'Logout is in sight',
        asks: 'Each page for which one must log in shows an easy way to log out.',
      },
      'Pages are not looked at.',
    ),
    beyond(
      {
        id: '7.4.5',
        level: 2,
        title: 'Administrators can end sessions',
        asks: 'Administrators can end the sessions of one user, or of all.',
      },
      'What administrators can do, only the app knows.',
    ),
  ],
};
