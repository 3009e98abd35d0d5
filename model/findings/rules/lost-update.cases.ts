import { DJANGO, EXPRESS, line, type RuleCases, type Stage } from '../rule.cases.ts';

/** Two requests that loaded the same cart; what each saves is the test's. */
function both(stage: Stage, saved: { items: object; coupon: object }, coupon = 'coupon') {
  const base = { cart: { items: ['tea'] } };
  const a = stage.start('/items', { method: 'POST' });
  a.load(base);
  const b = stage.start('/coupon', { method: 'POST' });
  b.load(base);
  a.set('cart', { items: ['tea', 'pot'] }, { before: base.cart, ...line('routes/cart.ts', 47) });
  a.save(saved.items as never);
  stage.wait(100);
  b.set(coupon, 'AUTUMN10', line('routes/coupon.ts', 23));
  b.save(saved.coupon as never);
  return { a, b };
}

export const lostUpdate: RuleCases = {
  finds: {
    'a save without the item that another request had added': (stage) => {
      both(stage, {
        items: { cart: { items: ['tea', 'pot'] } },
        coupon: { cart: { items: ['tea'] }, coupon: 'AUTUMN10' },
      });
      return '#2 POST /coupon erased cart.items[1], which #1 POST /items had saved 102 ms before.';
    },
    'both added to one list': (stage) => {
      stage.serve(DJANGO);
      both(stage, { items: { cart: { items: ['tea', 'pot'] } }, coupon: { cart: { items: ['tea', 'cup'] } } }, 'cart');
      return '#2 POST /coupon erased cart.items, which #1 POST /items had saved 102 ms before.';
    },
    'an unchanged session, saved again by resave': (stage) => {
      stage.serve({ ...EXPRESS, settings: { resave: 'true' } });
      const a = stage.start('/slow');
      a.load({ name: 'a' });
      const b = stage.start('/rename', { method: 'POST' });
      b.load({ name: 'a' });
      b.set('name', 'b', { before: 'a' });
      b.save({ name: 'b' });
      a.save({ name: 'a' });
      a.finish({ verdict: { record: { outcome: 'saved', reason: 'resave' } } });
      return '#1 GET /slow erased name, which #2 POST /rename had saved 1.0 ms before.';
    },
  },
  nearMisses: {
    'each saved what the other had saved too': (stage) => {
      const whole = { cart: { items: ['tea', 'pot'] }, coupon: 'AUTUMN10' };
      both(stage, { items: whole, coupon: whole });
    },
    'one after the other': (stage) => {
      const a = stage.start('/items');
      a.load({});
      a.set('cart', 1);
      a.save({ cart: 1 });
      a.finish();
      const b = stage.start('/empty');
      b.load({ cart: 1 });
      b.operation('delete', { path: ['cart'], before: 1 });
      b.save({});
    },
    'both wrote one number: whoever wrote last meant it': (stage) => {
      const a = stage.start('/a');
      a.load({ seen: 1 });
      const b = stage.start('/b');
      b.load({ seen: 1 });
      a.set('seen', 2, { before: 1 });
      a.save({ seen: 2 });
      b.set('seen', 3, { before: 1 });
      b.save({ seen: 3 });
    },
    'it loaded the record again before it saved': (stage) => {
      const a = stage.start('/a');
      a.load({ seen: 1 });
      const b = stage.start('/b');
      b.load({ seen: 1 });
      b.set('cart', 1);
      b.save({ seen: 1, cart: 1 });
      a.operation('load', { call: 'reload', actor: 'app', outcome: 'found', state: { seen: 1, cart: 1 } });
      a.set('coupon', 'X');
      a.save({ seen: 1, cart: 1, coupon: 'X' });
    },
    'what would show it was not sent': (stage) => {
      both(stage, {
        items: { cart: { $: 'cut', kind: 'object', why: 'bytes' } },
        coupon: { cart: { items: ['tea'] } },
      });
    },
  },
};
