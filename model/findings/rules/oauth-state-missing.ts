import type { OperationRecorded } from '../../../protocol/index.ts';
import type { ExchangeRecord } from '../../recording/records.ts';
import { earlier, isSameBrowser } from '../facts.ts';
import { issue } from '../references.ts';
import { type Evidence, type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  get: OperationRecorded;
  set: { exchange: ExchangeRecord; operation: OperationRecorded } | undefined;
}

const STATE_KEY = /(?:^|[._:-])(?:state|nonce|code_?verifier|oauth\d?|oidc|pkce)|(?:state|nonce|verifier)$/i;
const CALLBACK = /callback|oauth|oidc|signin-|authorize|login\/complete/i;
/** A login that takes longer is begun again. */
const LOGIN_MS = 30 * 60_000;

/** The answer of an identity provider came, and what was kept for it is not in the session. */
export const oauthStateMissing = rule<Found>({
  id: 'oauth-state-missing',
  severity: 'problem',
  title: 'Login state missing on the callback',
  scope: 'exchange',
  why: 'The login fails with an error about its state: the callback runs in another session than the one that began it.',
  references: [issue('expressjs/session', 689), issue('authlib/authlib', 376)],
  find(at) {
    const { exchange } = at;
    if (exchange.started === undefined || !CALLBACK.test(exchange.started.path)) return [];
    const get = exchange.operations.find(
      ({ operation, hit, actor, path }) =>
        operation === 'get' &&
        hit === false &&
        actor === 'app' &&
        path !== undefined &&
        STATE_KEY.test(String(path[0])),
    );
    if (get === undefined) return [];
    const key = String(get.path![0]);
    for (const other of earlier(at, LOGIN_MS)) {
      if (!isSameBrowser(other, exchange)) continue;
      const operation = other.operations.findLast(
        ({ operation: name, path }) => (name === 'set' || name === 'delete') && String(path?.[0]) === key,
      );
      if (operation === undefined) continue;
      // It was used up: the callback was called twice.
      if (operation.operation === 'delete') return [];
      return [{ key: exchange.id, get, set: { exchange: other, operation }, operation: get }];
    }
    return [];
  },
  explain({ get, set }, { exchange }) {
    const key = { path: get.path! };
    const { cookie, site, method } = exchange.started!;
    const [was, is] = [set!.operation.session, get.session];
    const isOther = was !== is;
    const cause =
      cookie.sent === 0
        ? method === 'POST' && (site ?? exchange.har?.site) === 'cross-site'
          ? say`It is a POST from another site: browsers send no cookie with SameSite=Lax along with it.`
          : say`It came without a cookie.`
        : isOther
          ? say`It came with another session.`
          : say`The session is the same, and the key is not in it any more.`;
    const evidence: Evidence[] = [
      {
        exchange: set!.exchange,
        operation: set!.operation,
        text: say`sets ${key} in session ${{ session: was ?? set!.exchange.finished?.sessionAfter ?? '' }}`,
      },
      {
        exchange,
        text:
          cookie.sent === 0
            ? say`comes back without a cookie`
            : say`comes back with session ${{ session: cookie.fingerprint ?? '' }}`,
      },
      { exchange, operation: get, text: say`does not find ${key}`, isDecisive: true },
    ];
    return {
      sentence: say`${{ request: exchange }} looks for ${key}, which ${{ request: set!.exchange }} had set${isOther ? ' in another session' : ''}.`,
      lines: [
        { label: 'Looked for at', exchange, operation: get, isDecisive: true },
        { label: 'Set at', exchange: set!.exchange, operation: set!.operation },
      ],
      because: cause,
      evidence,
      fix: {
        text:
          cookie.sent === 0
            ? say`Begin and end the login on one host. Where the provider answers by a POST, keep the state in a cookie of its own with ${{ code: 'SameSite=None; Secure' }}.`
            : say`See that nothing rotates or clears the session between the two, and that the state is saved before the redirect leaves.`,
      },
    };
  },
});
