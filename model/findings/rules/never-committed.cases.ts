import { EXPRESS, type RuleCases, type Stage } from '../rule.cases.ts';

function change(
  stage: Stage,
  { commits, commit = 'explicit' }: { commits: boolean; commit?: 'explicit' | 'automatic' },
) {
  stage.serve({ ...EXPRESS, library: 'iron-session', commit });
  const post = stage.start('/theme', { method: 'POST' });
  post.load({ theme: 'light' });
  post.set('theme', 'dark', { before: 'light' });
  if (commits) post.save({ theme: 'dark' });
  post.finish({ verdict: { record: { outcome: commits ? 'saved' : 'not-saved' } } });
}

export const neverCommitted: RuleCases = {
  finds: {
    'no save in the request': (stage) => {
      change(stage, { commits: false });
      return '#1 POST /theme changed theme and never saved the session.';
    },
  },
  nearMisses: {
    'it was saved': (stage) => change(stage, { commits: true }),
    'the library saves by itself': (stage) => change(stage, { commits: false, commit: 'automatic' }),
  },
};
