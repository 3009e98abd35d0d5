import { type RuleCases, setCookie, type Stage } from '../rule.cases.ts';

const MINUTE = 60_000;

function work(stage: Stage, { visits = 3, apart = 3 * MINUTE, touches = false, assumed = false } = {}) {
  const login = stage.start('/login', { method: 'POST' });
  const save = login.save({ user: 1 });
  save.expiry = { storeAt: save.at + 10 * MINUTE, ...(assumed ? { storeAssumed: true } : {}) };
  login.finish({ verdict: { cookie: setCookie() }, expiry: { cookieAt: save.at + 10 * MINUTE } });
  for (let visit = 0; visit < visits; visit++) {
    stage.wait(apart);
    const get = stage.start('/work');
    const { at } = get.load({ user: 1 });
    if (touches) get.operation('touch', { outcome: 'done', expiry: { storeAt: at + 10 * MINUTE } });
    get.finish({ verdict: { cookie: setCookie() }, expiry: { cookieAt: at + 10 * MINUTE } });
  }
}

export const recordNeverRefreshed: RuleCases = {
  finds: {
    'renewed three times, and most of the record`s time is over': (stage) => {
      work(stage);
      return '#4 GET /work set a cookie for another 10 min; the record that #1 POST /login had saved still ends in 60 s.';
    },
  },
  nearMisses: {
    'the record is touched': (stage) => work(stage, { touches: true }),
    twice: (stage) => work(stage, { visits: 2 }),
    'right after the login': (stage) => work(stage, { apart: 1_000 }),
    'the store`s rule is assumed': (stage) => work(stage, { assumed: true }),
  },
};
