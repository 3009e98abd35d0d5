import { ALICE } from '../../recording/recording.cases.ts';
import { DJANGO, type RuleCases, type Stage } from '../rule.cases.ts';

function visit(stage: Stage, reason: string) {
  stage.serve(DJANGO);
  const get = stage.start('/');
  get.load({ _auth_user_id: '1' });
  get.operation('flush', { from: ALICE, to: null, outcome: 'done' });
  get.finish({ sessionAfter: null, verdict: { record: { outcome: 'deleted', reason } } });
}

export const passwordHashDiffers: RuleCases = {
  finds: {
    'the password was changed': (stage) => {
      visit(stage, 'session-hash-differs');
      return "Django ended session a11c in #1 GET /: the password hash in it is not the user's.";
    },
  },
  nearMisses: {
    'a logout': (stage) => visit(stage, 'logged-out'),
    'a flush': (stage) => visit(stage, 'flushed'),
  },
};
