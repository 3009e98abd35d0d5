import { DJANGO, type RuleCases, type Stage } from '../rule.cases.ts';

function visit(stage: Stage, outcome: 'unreadable' | 'missing', saves: boolean) {
  stage.serve(DJANGO);
  const get = stage.start('/');
  get.operation('load', { outcome });
  if (saves) get.save({ a: 1 });
  get.finish();
}

export const recordUnreadable: RuleCases = {
  finds: {
    'it was written over': (stage) => {
      visit(stage, 'unreadable', true);
      return '#1 GET / could not read the record of session a11c, and its save wrote over it.';
    },
    'it was left alone': (stage) => {
      visit(stage, 'unreadable', false);
      return '#1 GET / could not read the record of session a11c and went on with an empty one.';
    },
  },
  nearMisses: {
    'there is none': (stage) => visit(stage, 'missing', true),
  },
};
