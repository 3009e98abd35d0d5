import { ALICE } from '../../recording/recording.cases.ts';
import { line, type RuleCases, type Stage } from '../rule.cases.ts';

function end(stage: Stage, method: string, fields: object = {}, purpose?: string) {
  const request = stage.start('/logout', { method, ...(purpose === undefined ? {} : { purpose }) });
  request.load({ user: 1 });
  request.operation('flush', { from: ALICE, to: null, outcome: 'done', ...line('routes/auth.ts', 9), ...fields });
  request.finish({ sessionAfter: null });
}

export const getChangesLogin: RuleCases = {
  finds: {
    'a link that logs out': (stage) => {
      end(stage, 'GET');
      return '#1 GET /logout ended session a11c.';
    },
    'a prefetch that logs out': (stage) => {
      end(stage, 'GET', {}, 'prefetch');
      return 'The browser prefetched #1 GET /logout, and that ended session a11c.';
    },
  },
  nearMisses: {
    'a POST': (stage) => end(stage, 'POST'),
    'the framework ended it': (stage) => end(stage, 'GET', { actor: 'framework' }),
    'it failed': (stage) => end(stage, 'GET', { outcome: 'error' }),
  },
};
