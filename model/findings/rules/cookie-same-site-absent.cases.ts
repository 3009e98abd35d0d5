import { type RuleCases, setCookie } from '../rule.cases.ts';

export const cookieSameSiteAbsent: RuleCases = {
  finds: {
    'none is named': (stage) => {
      const { sameSite: _, ...attributes } = setCookie().attributes;
      stage.start('/').finish({ verdict: { cookie: { outcome: 'set', attributes } } });
      return '#1 GET / set sid without SameSite: each browser has a default of its own.';
    },
  },
  nearMisses: {
    Strict: (stage) => void stage.start('/').finish({ verdict: { cookie: setCookie({ sameSite: 'strict' }) } }),
    'no cookie was set': (stage) => void stage.start('/').finish(),
  },
};
