import { type RuleCases, setCookie, type Stage } from '../rule.cases.ts';

const answer = (stage: Stage, cacheControl: string | undefined, cookie = setCookie()) =>
  void stage.start('/').finish({ ...(cacheControl === undefined ? {} : { cacheControl }), verdict: { cookie } });

export const cacheableSetCookie: RuleCases = {
  finds: {
    public: (stage) => {
      answer(stage, 'public, max-age=60');
      return '#1 GET / set sid on a response that caches may keep: Cache-Control: public, max-age=60.';
    },
  },
  nearMisses: {
    private: (stage) => answer(stage, 'private, max-age=60'),
    'max-age=0': (stage) => answer(stage, 'max-age=0'),
    'not said': (stage) => answer(stage, undefined),
    'no cookie': (stage) => answer(stage, 'public', { ...setCookie(), outcome: 'none' as never }),
  },
};
