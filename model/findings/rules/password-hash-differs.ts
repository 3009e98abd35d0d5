import type { OperationRecorded } from '../../../protocol/index.ts';
import { type Match, rule } from '../rule.ts';
import { issue } from '../references.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  flush: OperationRecorded;
}

/** Django ended a session because the password hash in it is not the user's. */
export const passwordHashDiffers = rule<Found>({
  id: 'password-hash-differs',
  severity: 'problem',
  title: 'Logged out by the password hash',
  scope: 'exchange',
  why: 'Nobody called logout: the framework found that the session does not belong to this password any more.',
  references: [
    {
      text: 'Django, session invalidation on password change',
      url: 'https://docs.djangoproject.com/en/5.2/topics/auth/default/#session-invalidation-on-password-change',
    },
    issue('sunscrapers/djoser', 113),
  ],
  find({ exchange }) {
    const { reason } = exchange.finished!.verdict.record;
    if (reason !== 'session-hash-differs' && reason !== 'session-hash-missing') return [];
    const flush = exchange.operations.find(({ operation }) => operation === 'flush');
    return flush === undefined ? [] : [{ key: `${reason}:${exchange.id}`, flush, operation: flush }];
  },
  explain({ flush }, { exchange }) {
    const { reason, text } = exchange.finished!.verdict.record;
    return {
      sentence: say`Django ended session ${{ session: flush.from ?? flush.session ?? '' }} in ${{ request: exchange }}: the password hash in it is ${reason === 'session-hash-missing' ? 'missing' : "not the user's"}.`,
      because: say`${text}`,
      lines: [{ label: 'Ended at', exchange, operation: flush, isDecisive: true }],
      evidence: [{ exchange, operation: flush, text: say`get_user() ends the session`, isDecisive: true }],
      fix:
        reason === 'session-hash-missing'
          ? { text: say`Log users in with Django's own function.`, code: ['+ login(request, user)'] }
          : {
              text: say`After changing a password, keep this user's session.`,
              code: ['  user.set_password(new)', '  user.save()', '+ update_session_auth_hash(request, user)'],
            },
      limits: say`Where everyone was logged out, SECRET_KEY was changed instead: add the old one to SECRET_KEY_FALLBACKS.`,
    };
  },
});
