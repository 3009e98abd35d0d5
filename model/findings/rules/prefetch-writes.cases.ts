import type { RuleCases, Stage } from '../rule.cases.ts';

function visit(stage: Stage, purpose?: string, writes = true) {
  const get = stage.start('/offer', purpose === undefined ? {} : { purpose });
  get.load({});
  if (writes) {
    get.set('seen', 1);
    get.save({ seen: 1 });
  }
  get.finish();
}

export const prefetchWrites: RuleCases = {
  finds: {
    'a write in a prefetch': (stage) => {
      visit(stage, 'prefetch');
      return 'The browser prefetched #1 GET /offer, which changed seen in the session.';
    },
  },
  nearMisses: {
    'a prefetch that reads': (stage) => visit(stage, 'prefetch', false),
    'a visit': (stage) => visit(stage),
  },
};
