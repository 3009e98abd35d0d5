import { type RuleCases, setCookie, type Stage } from '../rule.cases.ts';

const client = '0123456789ab';
const names = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb', 'cccccccccccc'];

function visit(stage: Stage, number: number, fields: object = {}) {
  const get = stage.start('/', { session: null, client, ...fields });
  stage.wait(1_000);
  get.finish({ sessionAfter: names[number]!, durationMs: 900, verdict: { cookie: setCookie() } });
  return get;
}

export const cookieNotReturned: RuleCases = {
  finds: {
    'three in a row in this tab': (stage) => {
      for (const number of [0, 1, 2]) stage.see(visit(stage, number));
      return '3 sessions began in 2.0 s, for no request brought back sid, which the one before had set.';
    },
    'three in a row, each asked before the server had ended the one before': (stage) => {
      const all = [0, 1, 2].map(() => {
        const get = stage.start('/', { session: null, client });
        stage.wait(1_000);
        return get;
      });
      all.forEach((get, number) => {
        get.finish({
          headAtMs: 900,
          durationMs: 4_000,
          sessionAfter: names[number]!,
          verdict: { cookie: setCookie() },
        });
        stage.see(get);
      });
      return '3 sessions began in 2.0 s, for no request brought back sid, which the one before had set.';
    },
    'three in a row by a client that may keep no cookies: a note': (stage) => {
      for (const number of [0, 1, 2]) visit(stage, number);
      return '3 sessions began in 2.0 s, for no request brought back sid, which the one before had set.';
    },
  },
  nearMisses: {
    'two in a row: a cookie was cleared': (stage) => {
      for (const number of [0, 1]) visit(stage, number);
    },
    'one of them brought it': (stage) => {
      visit(stage, 0);
      stage.start('/', { session: names[0]!, client }).finish();
      for (const number of [1, 2]) visit(stage, number);
    },
    'three clients': (stage) => {
      visit(stage, 0);
      visit(stage, 1, { client: '1123456789ab' });
      visit(stage, 2, { client: '2123456789ab' });
    },
    'all at once, as a page begins': (stage) => {
      const all = [0, 1, 2].map(() => stage.start('/', { session: null, client }));
      all.forEach((get, number) => get.finish({ sessionAfter: names[number]!, verdict: { cookie: setCookie() } }));
    },
  },
};
