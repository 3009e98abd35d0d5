import { ALICE, BOB } from '../../recording/recording.cases.ts';
import { type RuleCases, setCookie, type Stage } from '../rule.cases.ts';

const client = '0123456789ab';

function visits(stage: Stage, sent: number, took: string) {
  stage.start('/', { client, session: null }).finish({ sessionAfter: ALICE, verdict: { cookie: setCookie() } });
  stage.start('/app', { client, cookie: { name: 'sid', sent, fingerprint: took, signature: 'valid' } }).finish();
}

export const duplicateCookie: RuleCases = {
  finds: {
    'the server took the other one': (stage) => {
      visits(stage, 2, BOB);
      return '#2 GET /app brought 2 cookies named sid, and the server took another one than it had set.';
    },
    'the server took the right one': (stage) => {
      visits(stage, 2, ALICE);
      return '#2 GET /app brought 2 cookies named sid, and the server took one.';
    },
  },
  nearMisses: {
    'one cookie': (stage) => visits(stage, 1, ALICE),
  },
};
