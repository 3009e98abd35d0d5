import type { OperationRecorded } from '../../../protocol/index.ts';
import { isUndefined } from '../../values/known.ts';
import { isSealed, middlewareKey } from '../facts.ts';
import { owasp } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  write: OperationRecorded;
}

/** Names of what has no business in a session: not those of a login's own state, which does. */
const SECRETS =
  /^(?:user|current|new|old|plain|raw|my)?(?:password|passwd|passphrase|pwd|cardnumber|creditcard(?:number)?|cvv|cvc|cvv2|ssn|socialsecurity(?:number)?)$/;
/** In a cookie that the browser can read, these too. */
const TOKENS = /(?:accesstoken|refreshtoken|idtoken|apikey|clientsecret)$/;

/** A password, a card number, or, in a cookie, a token was put into the session. */
export const secretInSession = rule<Found>({
  id: 'secret-in-session',
  severity: 'warning',
  title: 'Secret in the session',
  scope: 'operation',
  why: 'Sessions are copied: into the store, its backups, its logs. A password belongs nowhere but into the check of it.',
  references: [owasp('session contents', 'session-id-content-or-value')],
  find({ exchange, operation }) {
    const { path, after, actor } = operation;
    if (
      operation.operation !== 'set' ||
      actor !== 'app' ||
      path === undefined ||
      isUndefined(after) ||
      after === null ||
      after === ''
    )
      return [];
    const name = String(path.at(-1))
      .toLowerCase()
      .replaceAll(/[^a-z0-9]/g, '');
    const isSecret = SECRETS.test(name) || (TOKENS.test(name) && isSealed(exchange));
    // A flag about a password is none.
    if (!isSecret || typeof after === 'boolean') return [];
    return [{ key: `${middlewareKey(exchange)}:${path.join('.')}`, write: operation }];
  },
  explain({ write }, { exchange }) {
    return {
      sentence: say`${{ request: exchange }} put ${{ path: write.path! }} into the session.`,
      ...(isSealed(exchange)
        ? { because: say`This session is a cookie: it is signed, not encrypted, and the browser can read it.` }
        : {}),
      lines: [{ label: 'Written at', exchange, operation: write, isDecisive: true }],
      evidence: [{ exchange, operation: write, text: say`sets ${{ path: write.path! }}`, isDecisive: true }],
      fix: { text: say`Keep the id of what it belongs to, and look the rest up where it is needed.` },
      limits: say`That it is a secret is taken from its name.`,
    };
  },
});
