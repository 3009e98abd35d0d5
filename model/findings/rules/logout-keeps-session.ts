import type { OperationRecorded } from '../../../protocol/index.ts';
import { byFamily, isLogoutPath, isUserKey } from '../facts.ts';
import { asvs, express } from '../references.ts';
import { type Fix, type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  logout: OperationRecorded;
}

/** A logout took the user out of the session and left the session itself, under the same key. */
export const logoutKeepsSession = rule<Found>({
  id: 'logout-keeps-session',
  severity: 'note',
  title: 'Logout keeps the session',
  scope: 'exchange',
  why: 'What the user had put into the session stays there for whoever uses the browser next, under a key that was known before.',
  references: [asvs('7.4.1'), express('Session.destroy')],
  find({ exchange }) {
    const { started, finished, operations } = exchange;
    const before = finished?.sessionBefore;
    if (started === undefined || !isLogoutPath(started.path) || typeof before !== 'string') return [];
    if (finished!.sessionAfter !== before || finished!.verdict.record.outcome !== 'saved') return [];
    if (operations.some(({ operation }) => operation === 'cycle-key' || operation === 'flush' || operation === 'clear'))
      return [];
    const logout = operations.find(
      (operation) =>
        operation.actor === 'app' &&
        isUserKey(operation.path) &&
        ((operation.operation === 'delete' && operation.hit !== false) ||
          (operation.operation === 'set' && (operation.after === null || operation.after === false))),
    );
    return logout === undefined ? [] : [{ key: `${logout.epoch}:${logout.seq}`, logout, operation: logout }];
  },
  explain({ logout }, { exchange }) {
    return {
      sentence: say`${{ request: exchange }} took ${{ path: logout.path! }} out of the session and kept the rest of it under the same key.`,
      lines: [{ label: 'Logged out at', exchange, operation: logout, isDecisive: true }],
      evidence: [{ exchange, operation: logout, text: say`takes the user out`, isDecisive: true }],
      fix: byFamily<Fix>(exchange, {
        express: {
          text: say`End the session itself.`,
          code: [
            `- delete req.session.${String(logout.path![0])};`,
            "+ req.session.destroy(() => res.clearCookie('connect.sid').redirect('/'));",
          ],
        },
        django: {
          text: say`Log out with Django's own function.`,
          code: ['+ from django.contrib.auth import logout', '+ logout(request)'],
        },
        'django-ts': { text: say`End the session itself.`, code: ['+ await request.session.flush();'] },
        other: { text: say`End the session itself.` },
      }),
    };
  },
});
