import type { EncodedValue } from '../../../protocol/index.ts';
import type { RuleCases, Stage } from '../rule.cases.ts';

function put(stage: Stage, value: EncodedValue, stored: EncodedValue | undefined) {
  const post = stage.start('/cart', { method: 'POST' });
  post.load({});
  post.set('cart', value);
  post.save({ cart: value }, { stored: stored === undefined ? {} : { cart: stored } });
}

export const storeChangesValue: RuleCases = {
  finds: {
    'a Map becomes an empty object': (stage) => {
      put(stage, { $: 'map', entries: [['tea', 1]], size: 1 }, {});
      return '#1 POST /cart put Map {"tea" → 1} under cart, and the store keeps {}.';
    },
    'a Date becomes a text: a note': (stage) => {
      put(stage, { $: 'date', iso: '2026-01-02T03:04:05.000Z' }, '2026-01-02T03:04:05.000Z');
      return '#1 POST /cart put 2026-01-02T03:04:05.000Z under cart, and the store keeps "2026-01-02T03:04:05.000Z".';
    },
  },
  nearMisses: {
    'it stays what it is': (stage) => put(stage, { items: ['tea'] }, { items: ['tea'] }),
    'it was not sent whole': (stage) => put(stage, { $: 'cut', kind: 'object', why: 'bytes' }, {}),
  },
};
