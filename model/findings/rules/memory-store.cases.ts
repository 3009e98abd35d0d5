import { EXPRESS, type RuleCases } from '../rule.cases.ts';

export const memoryStore: RuleCases = {
  finds: {
    'once, however many requests': (stage) => {
      stage.serve({ ...EXPRESS, store: 'MemoryStore' });
      for (const path of ['/', '/a']) {
        const get = stage.start(path);
        get.load({});
        get.finish();
      }
      return 'express-session keeps the sessions of sid in the memory of this process.';
    },
  },
  nearMisses: {
    'another store': (stage) => {
      const get = stage.start('/');
      get.load({});
      get.finish();
    },
    'no session was used': (stage) => {
      stage.serve({ ...EXPRESS, store: 'MemoryStore' });
      stage.start('/').finish();
    },
  },
};
