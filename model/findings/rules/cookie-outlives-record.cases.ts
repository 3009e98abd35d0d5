import { type RuleCases, setCookie, type Stage } from '../rule.cases.ts';

const AT = 1_700_000_000_000;
const DAY = 86_400_000;

function save(stage: Stage, storeAt: number | null, { storeAssumed = false } = {}) {
  const get = stage.start('/');
  get.save({ a: 1 }, { expiry: { storeAt, storeFrom: 'ttl', ...(storeAssumed ? { storeAssumed } : {}) } });
  get.finish({ expiry: { cookieAt: AT + DAY }, verdict: { cookie: setCookie() } });
}

export const cookieOutlivesRecord: RuleCases = {
  finds: {
    'a short ttl of the store': (stage) => {
      save(stage, AT + 600_000);
      return '#1 GET / set a cookie for 24 h, and the store drops the record after 10 min.';
    },
  },
  nearMisses: {
    'as long as the cookie': (stage) => save(stage, AT + DAY),
    "the store's rule is assumed": (stage) => save(stage, AT + 600_000, { storeAssumed: true }),
    'the record never ends': (stage) => save(stage, null),
  },
};
