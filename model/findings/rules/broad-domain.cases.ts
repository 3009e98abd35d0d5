import { type RuleCases, setCookie, type Stage } from '../rule.cases.ts';

function answer(stage: Stage, domain: string | undefined, host = 'www.shop.test') {
  stage.start('/', { host }).finish({ verdict: { cookie: setCookie(domain === undefined ? {} : { domain }) } });
}

export const broadDomain: RuleCases = {
  finds: {
    'a parent domain': (stage) => {
      answer(stage, '.shop.test');
      return '#1 GET / set sid for every host below shop.test, not for www.shop.test alone.';
    },
  },
  nearMisses: {
    'its own host': (stage) => answer(stage, 'www.shop.test'),
    'no domain': (stage) => answer(stage, undefined),
  },
};
