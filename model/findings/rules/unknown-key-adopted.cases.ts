import { BOB } from '../../recording/recording.cases.ts';
import type { RuleCases } from '../rule.cases.ts';

export const unknownKeyAdopted: RuleCases = {
  finds: {
    'a save under a key without a record': (stage) => {
      const get = stage.start('/');
      get.operation('load', { outcome: 'missing', state: {} });
      get.set('seen', 1);
      get.save({ seen: 1 });
      return '#1 GET / came with key a11c, which the store did not know, and saved a session under it.';
    },
  },
  nearMisses: {
    'a new key': (stage) => {
      const get = stage.start('/');
      get.operation('load', { outcome: 'missing' });
      get.operation('create', { session: BOB, state: {} });
      get.save({ seen: 1 }, { session: BOB });
    },
    'a record that had expired': (stage) => {
      const get = stage.start('/');
      get.operation('load', { outcome: 'expired', state: {} });
      get.save({ seen: 1 });
    },
  },
};
