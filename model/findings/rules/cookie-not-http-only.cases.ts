import { type RuleCases, setCookie } from '../rule.cases.ts';

export const cookieNotHttpOnly: RuleCases = {
  finds: {
    'scripts can read it': (stage) => {
      stage.start('/').finish({ verdict: { cookie: setCookie({ httpOnly: false }) } });
      return '#1 GET / set sid without HttpOnly: scripts of the page can read it.';
    },
  },
  nearMisses: {
    'it has it': (stage) => void stage.start('/').finish({ verdict: { cookie: setCookie() } }),
    'no cookie was set': (stage) => void stage.start('/').finish(),
  },
};
