import { type RuleCases, setCookie, type Stage } from '../rule.cases.ts';

function work(
  stage: Stage,
  { minutes, touches, refreshes = false }: { minutes: number; touches: number; refreshes?: boolean },
) {
  const first = stage.start('/login', { method: 'POST' });
  const { at } = first.save({ user: 1 });
  first.finish({
    expiry: { cookieAt: at + minutes * 60_000 },
    verdict: { cookie: setCookie({ maxAge: minutes * 60 }) },
  });
  for (let count = 0; count < touches; count++) {
    stage.wait((minutes * 60_000) / 4);
    const get = stage.start('/work');
    get.load({ user: 1 });
    get.operation('touch', { outcome: 'done' });
    get.finish({
      verdict: {
        record: { outcome: 'touched' },
        ...(refreshes ? { cookie: setCookie({ maxAge: minutes * 60 }) } : {}),
      },
    });
  }
}

export const cookieNeverRefreshed: RuleCases = {
  finds: {
    'touched three times, and half of the time is over': (stage) => {
      work(stage, { minutes: 20, touches: 3 });
      return '#4 GET /work kept the record alive; the cookie that #1 POST /login had set still ends in 5 min.';
    },
  },
  nearMisses: {
    'the cookie is sent again': (stage) => work(stage, { minutes: 20, touches: 3, refreshes: true }),
    'a cookie for days': (stage) => work(stage, { minutes: 10_000, touches: 3 }),
    once: (stage) => work(stage, { minutes: 20, touches: 1 }),
  },
};
