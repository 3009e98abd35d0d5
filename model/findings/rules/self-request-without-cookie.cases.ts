import { ALICE } from '../../recording/recording.cases.ts';
import type { RuleCases, Stage } from '../rule.cases.ts';

function render(stage: Stage, page: string | null, api: string | null) {
  const outer = stage.start('/page', { session: page });
  const inner = stage.start('/api/me', { session: api, parent: outer.id, kind: 'self' });
  inner.finish({ sessionAfter: null });
  outer.finish();
}

export const selfRequestWithoutCookie: RuleCases = {
  finds: {
    'the page had one': (stage) => {
      render(stage, ALICE, null);
      return '#1 GET /page asked #2 GET /api/me of the same server and did not pass its cookie on.';
    },
  },
  nearMisses: {
    'it was passed on': (stage) => render(stage, ALICE, ALICE),
    'the page had none': (stage) => render(stage, null, null),
  },
};
