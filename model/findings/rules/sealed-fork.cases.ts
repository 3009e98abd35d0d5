import { ALICE } from '../../recording/recording.cases.ts';
import { DJANGO, type RuleCases, setCookie, type Stage } from '../rule.cases.ts';

/** `isFirst`: the one that answers last is the one that began first. */
function fork(stage: Stage, { overlaps = true, loses = true, isFirst = false } = {}) {
  stage.serve({ ...DJANGO, store: 'signed_cookies' });
  const cookie = { verdict: { cookie: setCookie() } };
  const began = isFirst ? stage.start('/seen') : undefined;
  began?.load({ cart: 1 }, { layer: 'cookie' });
  const a = stage.start('/items', { method: 'POST' });
  a.load({ cart: 1 }, { layer: 'cookie' });
  const begin = () => {
    const b = stage.start('/seen');
    b.load({ cart: 1 }, { layer: 'cookie' });
    return b;
  };
  const early = began ?? (overlaps ? begin() : undefined);
  a.set('cart', 2, { before: 1 });
  a.save({ cart: 2 }, { from: ALICE, to: 'aaaaaaaaaaaa', session: 'aaaaaaaaaaaa' });
  a.finish(cookie);
  const b = early ?? begin();
  b.set('seen', 1);
  b.save({ cart: loses ? 1 : 2, seen: 1 }, { from: ALICE, to: 'bbbbbbbbbbbb', session: 'bbbbbbbbbbbb' });
  b.finish(cookie);
}

export const sealedFork: RuleCases = {
  finds: {
    'the later answer lacks what the other had set': (stage) => {
      fork(stage);
      return '#2 GET /seen set a cookie without cart, which #1 POST /items had set while it ran.';
    },
    'the one that began first answers last': (stage) => {
      fork(stage, { isFirst: true });
      return '#1 GET /seen set a cookie without cart, which #2 POST /items had set while it ran.';
    },
  },
  nearMisses: {
    'one after the other': (stage) => fork(stage, { overlaps: false }),
    'it has it too': (stage) => fork(stage, { loses: false }),
  },
};
