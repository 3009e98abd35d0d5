import { type RuleCases, setCookie, type Stage } from '../rule.cases.ts';
import type { HarExchange } from '../../recording/har.ts';

function answer(stage: Stage, attributes: string, fields: Partial<HarExchange> = {}) {
  const get = stage.start('/');
  get.finish({ verdict: { cookie: setCookie() } });
  stage.see(get, { setCookies: [{ name: 'sid', valueLength: 80, attributes }], ...fields });
}

export const cookieRefused: RuleCases = {
  finds: {
    'SameSite=None without Secure': (stage) => {
      answer(stage, '; Path=/; SameSite=None');
      return '#1 GET / set sid in a way that browsers refuse.';
    },
    'the jar does not hold it': (stage) => {
      answer(stage, '; Path=/', { jar: [{ name: 'sid', outcome: 'absent' }] });
      return '#1 GET / set sid, and the browser did not keep it.';
    },
  },
  nearMisses: {
    'the jar holds it, whatever the rule says': (stage) =>
      answer(stage, '; Path=/; SameSite=None', {
        jar: [
          {
            name: 'sid',
            outcome: 'kept',
            cookie: { name: 'sid', path: '/', domain: 'localhost', secure: false, httpOnly: true, expiresAt: null },
          },
        ],
      }),
    'Secure on localhost': (stage) => answer(stage, '; Path=/; Secure; HttpOnly; SameSite=Lax'),
  },
};
