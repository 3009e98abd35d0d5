import { ALICE, BOB } from '../../recording/recording.cases.ts';
import { type RuleCases, setCookie, type Stage } from '../rule.cases.ts';

function race(stage: Stage, { isLate = false, setsCookie = true } = {}) {
  const login = stage.start('/login', { method: 'POST' });
  login.load({});
  const poll = () => stage.start('/poll');
  const early = isLate ? undefined : poll();
  login.operation('cycle-key', { from: ALICE, to: BOB, session: BOB, outcome: 'done' });
  stage.wait(5);
  login.finish({ sessionAfter: BOB });
  stage.wait(5);
  const other = early ?? poll();
  other.operation('load', { outcome: 'missing' });
  other.finish({
    sessionAfter: 'cccccccccccc',
    ...(setsCookie ? { verdict: { cookie: setCookie() } } : {}),
  });
}

export const rotationRace: RuleCases = {
  finds: {
    'sent before the new key had come, it set another cookie': (stage) => {
      race(stage);
      return '#2 GET /poll came with key a11c, which #1 POST /login was replacing by b0b0, and set a cookie of its own over the new one.';
    },
  },
  nearMisses: {
    'it set no cookie': (stage) => race(stage, { setsCookie: false }),
    'it was sent later, by a client that does not know': (stage) => race(stage, { isLate: true }),
  },
};
