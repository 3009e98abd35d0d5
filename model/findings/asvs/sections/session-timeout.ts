/** V7.3: whether a session ends by itself, unused or after its longest time. */
import { say } from '../../sentence.ts';
import { endsOf, movesWithUse, newestLapse } from '../lapses.ts';
import { type Answer, met, notTested, type Section, unmetBy } from '../requirement.ts';
import type { Run } from '../run.ts';

const NEEDS_DOCUMENT = say`Whether that is as long as your risk analysis says, a recording does not know.`;

/** Sessions that are asked, newest first. */
const MAX_ASKED = 100;

/** The newest session whose end is known; `undefined`: of none it is. */
function newestEnd(run: Run) {
  for (const { exchange } of run.cookies.slice(-MAX_ASKED).toReversed()) {
    const session = exchange.finished?.sessionAfter;
    const ends = typeof session === 'string' ? endsOf(run, session) : undefined;
    if (ends !== undefined) return { session: session!, ends };
  }
  return undefined;
}

function idle(run: Run): Answer {
  const lapse = newestLapse(run);
  if (lapse !== undefined) {
    const { refusal, end } = lapse;
    const { exchange, operation } = refusal;
    const session = operation.session === null ? say`a session` : say`session ${{ session: operation.session }}`;
    return met({
      sentence:
        end === undefined
          ? say`${{ request: exchange }} came with the cookie of ${session}, whose time was over, and got nothing by it.`
          : say`${{ request: exchange }} came with the cookie of ${session} ${{ ms: operation.at - end.write.operation.at }} after ${{ request: end.write.exchange }} had given it ${{ ms: end.endAt - end.write.operation.at }}, and got nothing by it.`,
      evidence: [
        ...(end === undefined
          ? []
          : [{ ...end.write, text: say`gives it ${{ ms: end.endAt - end.write.operation.at }}` }]),
        { ...refusal, text: say`finds its time over`, isDecisive: true },
      ],
      limits: NEEDS_DOCUMENT,
    });
  }
  const newest = newestEnd(run);
  if (newest === undefined)
    return notTested(
      say`No session with an end was seen. Begin one, leave it unused until its time is over, and send a request with its cookie.`,
    );
  const { write, endAt } = newest.ends.last;
  return notTested(
    say`Session ${{ session: newest.session }} is to end ${{ ms: endAt - write.operation.at }} after ${{ request: write.exchange }}. Leave it unused until then, and send a request with its cookie: a browser drops its own copy, so keep another one.`,
    [{ ...write, text: say`gives it ${{ ms: endAt - write.operation.at }}` }],
  );
}

function absolute(run: Run): Answer {
  const lapse = newestLapse(run, ({ refusal: { operation }, end }) => {
    const ends = end && operation.session !== null ? endsOf(run, operation.session) : undefined;
    return ends !== undefined && movesWithUse(ends) === false;
  });
  if (lapse?.end !== undefined) {
    const { refusal, end } = lapse;
    const session = { session: refusal.operation.session! };
    const { first } = endsOf(run, session.session)!;
    return met({
      sentence: say`Session ${session} ended ${{ ms: end.endAt - first.write.operation.at }} after ${{ request: first.write.exchange }}, though it was used until ${{ request: end.write.exchange }}.`,
      evidence: [
        { ...first.write, text: say`gives it ${{ ms: first.endAt - first.write.operation.at }}` },
        { ...end.write, text: say`leaves its end where it was` },
        { ...refusal, text: say`finds its time over`, isDecisive: true },
      ],
      limits: NEEDS_DOCUMENT,
    });
  }
  const newest = newestEnd(run);
  const moves = newest && movesWithUse(newest.ends);
  if (newest === undefined || moves === undefined)
    return notTested(
      say`No session was seen in use for some time. Use one for longer than its longest time should be.`,
    );
  const { write } = newest.ends.last;
  const session = { session: newest.session };
  return moves
    ? notTested(
        say`Use moves the end of session ${session}: in use, it never ends by itself. Use one for longer than its longest time should be.`,
        [{ ...write, text: say`moves its end` }],
      )
    : notTested(say`Use left the end of session ${session} where it was. Use it until then, and once more.`, [
        { ...write, text: say`leaves its end where it was` },
      ]);
}

export const sessionTimeout: Section = {
  id: '7.3',
  title: 'Session timeout',
  requirements: [
    {
      id: '7.3.1',
      level: 2,
      title: 'An unused session ends',
      asks: 'A session that is not used for the time that was decided on and documented ends, and its user must log in again.',
      rules: ['no-idle-timeout'],
      decide: (run, findings) =>
        unmetBy(run, findings, {
          limits: say`An app that ends sessions by a clock of its own meets it: that is not seen.`,
        }) ?? idle(run),
    },
    {
      id: '7.3.2',
      level: 2,
      title: 'A session has a longest time',
      asks: 'However much it is used, a session ends after the longest time that was decided on and documented, and its user must log in again.',
      rules: [],
      decide: absolute,
    },
  ],
};
