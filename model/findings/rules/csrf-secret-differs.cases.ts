import { ALICE, BOB } from '../../recording/recording.cases.ts';
import type { RuleCases, Stage } from '../rule.cases.ts';

const client = '0123456789ab';

function send(stage: Stage, { session = BOB as string | null, hit = false, status = 403, sets = true } = {}) {
  const form = stage.start('/form', { client });
  form.load({});
  if (sets) form.set('csrfSecret', 'x');
  form.finish();
  const post = stage.start('/pay', { method: 'POST', client, session });
  post.get('csrfSecret', hit ? 'y' : undefined);
  post.finish({ status });
}

const SENTENCE =
  '#2 POST /pay was refused: csrfSecret is looked for in another session than that in which #1 GET /form had put it.';

export const csrfSecretDiffers: RuleCases = {
  finds: {
    'another session, without a secret': (stage) => {
      send(stage);
      return SENTENCE;
    },
    'another session, with a secret of its own': (stage) => {
      send(stage, { hit: true });
      return SENTENCE;
    },
    'no cookie came with the form': (stage) => {
      send(stage, { session: null });
      return SENTENCE;
    },
  },
  nearMisses: {
    'the same session: the token was wrong': (stage) => send(stage, { session: ALICE, hit: true }),
    'it was accepted': (stage) => send(stage, { status: 200 }),
    'no form was seen': (stage) => send(stage, { sets: false }),
  },
};
