import type { OperationRecorded } from '../../../protocol/index.ts';
import type { ExchangeRecord } from '../../recording/records.ts';
import { earlier, isSafe, isSameBrowser } from '../facts.ts';
import { issue, owasp } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  get: OperationRecorded;
  set: { exchange: ExchangeRecord; operation: OperationRecorded };
}

const CSRF_KEY = /csrf|xsrf|authenticity_?token/i;
/** What servers answer where the token is not the one that they expect. */
const REFUSED: ReadonlySet<number | undefined> = new Set([400, 403, 419, 422]);
/** A form that is open longer is loaded again. */
const FORM_MS = 60 * 60_000;

/** The secret of a form was kept in one session, and the form was sent with another. */
export const csrfSecretDiffers = rule<Found>({
  id: 'csrf-secret-differs',
  severity: 'problem',
  title: 'CSRF secret of another session',
  scope: 'exchange',
  why: 'The form is refused although the user did nothing wrong: its token belongs to a session that is not there any more.',
  references: [
    issue('expressjs/csurf', 204),
    owasp('renew the session ID', 'renew-the-session-id-after-any-privilege-level-change'),
  ],
  find(at) {
    const { exchange } = at;
    if (exchange.started === undefined || isSafe(exchange) || !REFUSED.has(exchange.finished!.status)) return [];
    const get = exchange.operations.find(
      ({ operation, path }) => operation === 'get' && path !== undefined && CSRF_KEY.test(String(path[0])),
    );
    if (get === undefined) return [];
    const key = String(get.path![0]);
    for (const other of earlier(at, FORM_MS)) {
      if (!isSameBrowser(other, exchange)) continue;
      const operation = other.operations.findLast(
        ({ operation: name, path }) => name === 'set' && String(path?.[0]) === key,
      );
      if (operation === undefined) continue;
      const session = operation.session ?? other.finished?.sessionAfter;
      const isOther = typeof session === 'string' && session !== (get.session ?? exchange.started.cookie.fingerprint);
      // The same secret, and a wrong token: that is what the check is for.
      return isOther ? [{ key: exchange.id, get, set: { exchange: other, operation }, operation: get }] : [];
    }
    return [];
  },
  explain({ get, set }, { exchange }) {
    const key = { path: get.path! };
    const session = set.operation.session ?? set.exchange.finished!.sessionAfter!;
    const { cookie } = exchange.started!;
    return {
      sentence: say`${{ request: exchange }} was refused: ${key} is looked for in another session than that in which ${{ request: set.exchange }} had put it.`,
      lines: [
        { label: 'Looked for at', exchange, operation: get, isDecisive: true },
        { label: 'Set at', exchange: set.exchange, operation: set.operation },
      ],
      because:
        cookie.sent === 0
          ? say`The form was sent without the session's cookie.`
          : say`The session was replaced between the two, as a login in another tab does.`,
      evidence: [
        { exchange: set.exchange, operation: set.operation, text: say`puts ${key} into session ${{ session }}` },
        {
          exchange,
          operation: get,
          text:
            get.hit === false
              ? say`does not find it in the session that the form came with`
              : say`finds that of the session that the form came with`,
          isDecisive: true,
        },
      ],
      fix: {
        text: say`Keep ${key} when the key of the session changes, or load the form again after a login.`,
      },
    };
  },
});
