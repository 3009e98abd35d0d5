import { holdsUnfitValue, middlewareKey, middlewareOf } from '../facts.ts';
import { express, issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

/** Libraries that know `auto`. In another the option is written otherwise, and the verdict's own words say how. */
const KNOW_AUTO: ReadonlySet<string | undefined> = new Set(['express-session', '@fastify/session']);
const AUTO = ['- cookie: { secure: true },', "+ cookie: { secure: 'auto' },"];

/** A cookie was due and none was set: the next request cannot carry this session. */
export const cookieNotSet = rule<Match>({
  id: 'cookie-not-set',
  severity: 'problem',
  title: 'Cookie not set',
  scope: 'exchange',
  why: 'The session was made, and the browser never hears of it: each request begins another one.',
  references: [express('cookie.secure'), issue('expressjs/session', 281)],
  restates: 'cookie',
  find({ exchange }) {
    const { finished } = exchange;
    const { cookie } = finished!.verdict;
    if (cookie.outcome !== 'not-set' || cookie.due !== true) return [];
    // Whoever has gone away gets no cookie, and misses none; a save that failed may have ended the response itself.
    const hasFailed = exchange.operations.some(({ operation, outcome }) => operation === 'save' && outcome === 'error');
    if (finished!.ending === 'aborted' && !hasFailed) return [];
    // A new session lost to an error page is part of the error.
    if (cookie.reason === 'server-error') return [];
    if (holdsUnfitValue(finished!)) return [];
    return [{ key: `${middlewareKey(exchange)}:${cookie.reason}` }];
  },
  explain(_, { exchange }) {
    const { sessionBefore, verdict } = exchange.finished!;
    const { cookie, record } = verdict;
    const session = sessionBefore === null ? 'has a new session' : 'changed its session';
    const save = exchange.operations.findLast(({ operation }) => operation === 'save');
    const knowsAuto = KNOW_AUTO.has(middlewareOf(exchange)?.library);
    const code = cookie.reason === 'secure-over-http' && knowsAuto ? AUTO : undefined;
    const name = { code: exchange.started?.cookie.name ?? 'cookie' };
    return {
      sentence:
        record.outcome === 'saved'
          ? say`${{ request: exchange }} saved a session, and its response does not set ${name}.`
          : say`${{ request: exchange }} ${session}, and its response does not set ${name}.`,
      because: say`${cookie.text}`,
      lines: save === undefined ? [] : [{ label: 'Saved at', exchange, operation: save }],
      evidence: [
        ...(save === undefined ? [] : [{ exchange, operation: save, text: say`saves the session` }]),
        {
          exchange,
          text:
            cookie.setting === undefined
              ? say`the response has no Set-Cookie`
              : say`the response has no Set-Cookie: ${{ code: cookie.setting }}`,
          isDecisive: true,
        },
      ],
      ...(cookie.fix === undefined && code === undefined
        ? {}
        : {
            fix: {
              text: say`${cookie.fix ?? 'Change the setting that decides.'}`,
              ...(code === undefined ? {} : { code }),
            },
          }),
    };
  },
});
