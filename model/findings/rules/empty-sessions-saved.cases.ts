import type { RuleCases, Stage } from '../rule.cases.ts';

function visits(stage: Stage, count: number, reason = 'save-uninitialized') {
  for (let at = 0; at < count; at++) {
    const get = stage.start('/');
    get.save({});
    get.finish({ verdict: { record: { outcome: 'saved', reason } } });
  }
}

export const emptySessionsSaved: RuleCases = {
  finds: {
    'three of them': (stage) => {
      visits(stage, 3);
      return '3 requests up to #3 GET / saved a session with nothing in it.';
    },
    'three that h3 began': (stage) => {
      visits(stage, 3, 'begun-and-saved');
      return '3 requests up to #3 GET / saved a session with nothing in it.';
    },
  },
  nearMisses: {
    'two of them': (stage) => visits(stage, 2),
    'new sessions with data': (stage) => visits(stage, 3, 'new-session'),
  },
};
