import type { OperationRecorded } from '../../../protocol/index.ts';
import { byFamily } from '../facts.ts';
import { loginIn } from '../logins.ts';
import { asvs, owasp } from '../references.ts';
import { type Fix, type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  login: OperationRecorded;
}

/** A login put the user into a session that the visitor had before, under the same key. */
export const keyKeptAtLogin = rule<Found>({
  id: 'key-kept-at-login',
  severity: 'warning',
  title: 'Key kept at login',
  scope: 'exchange',
  why: 'Whoever knew the key before the login, or planted it, is logged in with it afterwards (session fixation).',
  references: [asvs('7.2.4'), owasp('renew the session ID', 'renew-the-session-id-after-any-privilege-level-change')],
  find({ exchange }) {
    const { started, finished, operations } = exchange;
    const before = started?.cookie.fingerprint;
    if (before === undefined || finished?.sessionAfter !== before || finished.sessionBefore !== before) return [];
    if (started!.method !== 'POST' || (finished.status ?? 500) >= 400) return [];
    if (operations.some(({ operation }) => operation === 'cycle-key' || operation === 'flush')) return [];
    if (!operations.some(({ operation, outcome }) => operation === 'load' && outcome === 'found')) return [];
    if (finished.verdict.record.outcome !== 'saved') return [];
    const login = loginIn(exchange);
    return login === undefined ? [] : [{ key: `${login.epoch}:${login.seq}`, login, operation: login }];
  },
  explain({ login }, { exchange }) {
    return {
      sentence: say`${{ request: exchange }} set ${{ path: login.path! }} and kept the key ${{ session: login.session! }} that the visitor had before.`,
      lines: [{ label: 'Logged in at', exchange, operation: login, isDecisive: true }],
      evidence: [
        { exchange, text: say`came with session ${{ session: login.session! }}` },
        { exchange, operation: login, text: say`puts the user into it`, isDecisive: true },
      ],
      fix: byFamily<Fix>(exchange, {
        express: {
          text: say`Make a new key before the user is put into the session.`,
          code: [
            '+ await promisify(req.session.regenerate).call(req.session);',
            `  req.session.${String(login.path![0])} = user;`,
          ],
        },
        django: {
          text: say`Log in with Django's own function, which rotates the key.`,
          code: ['+ from django.contrib.auth import login', '+ login(request, user)'],
        },
        'django-ts': {
          text: say`Rotate the key before the user is put into the session.`,
          code: [
            '+ await request.session.cycleKey();',
            `  await request.session.set(${JSON.stringify(String(login.path![0]))}, user);`,
          ],
        },
        other: { text: say`Make a new key before the user is put into the session.` },
      }),
      limits: say`That ${{ path: login.path! }} means a login is taken from its name. Silence this rule where it does not.`,
    };
  },
});
