import { ALICE, createRecording } from '../../recording/recording.cases.ts';
import { EXPRESS, type RuleCases, type Stage } from '../rule.cases.ts';

function restart(stage: Stage, store: string, { wasKnown = true, outcome = 'missing', isCutOff = false } = {}) {
  const middleware = { ...EXPRESS, store };
  stage.serve(middleware);
  const before = stage.start('/', { session: wasKnown ? ALICE : 'b0b000000000' });
  before.load({ user: 1 });
  before.finish();
  if (isCutOff) stage.start('/stream', { session: ALICE }).load({ user: 1 });
  const next = createRecording('epoch00002', 1_700_000_060_000);
  next.epochStarted({ middlewares: [middleware] });
  next.wait(500);
  const get = next.start('/');
  get.operation('load', { outcome: outcome as never });
  get.finish({ sessionAfter: null });
  stage.events.push(...next.events);
}

export const restartLostSessions: RuleCases = {
  finds: {
    'a session of the life before': (stage) => {
      restart(stage, 'MemoryStore');
      return '#2 GET / brought session a11c, which was in memory before the server restarted 501 ms ago.';
    },
    'a request that the restart cut off was the last': (stage) => {
      restart(stage, 'MemoryStore', { isCutOff: true });
      return '#3 GET / brought session a11c, which was in memory before the server restarted 501 ms ago.';
    },
  },
  nearMisses: {
    'another store': (stage) => restart(stage, 'RedisStore'),
    'a cookie of which nothing was known': (stage) => restart(stage, 'MemoryStore', { wasKnown: false }),
    'it was found': (stage) => restart(stage, 'MemoryStore', { outcome: 'found' }),
  },
};
