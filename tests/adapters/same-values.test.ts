/** Values that a companion names instead of sending them again: the panel has the same events, of fewer bytes. */
import { expect, test } from 'vitest';
import { parseEvents } from '../../protocol/index.ts';
import { SentValues } from '../../server-companion/node/src/core/sent-values.ts';
import { SameValues } from '../../transport/same-values.ts';
import { EVERYTHING, serve } from '../express-session/observed-app.ts';

/** A shop: a cart of twenty lines, read on each page, and changed on every fifth. */
test('a browsed shop: the same to the panel, for less than two thirds of the bytes', async () => {
  await using app = await serve((express, factory, options) => {
    express.use(factory(options));
    express.get('/page/:n', (request, response) => {
      const session = request.session as unknown as Record<string, unknown>;
      session['cart'] ??= Array.from({ length: 20 }, (_, at) => ({ sku: `ART-${at}`, name: `Article ${at}`, qty: 1 }));
      session['user'] ??= { id: 4711, name: 'John Doe', roles: ['customer', 'reviewer'] };
      void session['cart'];
      void session['user'];
      if (Number(request.params['n']) % 5 === 0) (session['cart'] as { qty: number }[])[0]!.qty += 1;
      response.end();
    });
  });
  for (let page = 1; page <= 30; page++) await app.get(`/page/${page}`);
  await app.finished();
  const { log } = app.companion!;
  const whole = log.read(null, EVERYTHING, 10_000);
  const named = log.read(null, EVERYTHING, 10_000, undefined, undefined, new SentValues());
  const bytes = (events: unknown) => JSON.stringify(events).length;
  const parsed = parseEvents({ ...JSON.parse(JSON.stringify(named)), sentAt: 0 });
  if (!parsed.ok) throw new Error(parsed.fault);
  expect(new SameValues().expand(parsed.value.events)).toEqual(JSON.parse(JSON.stringify(whole.events)));
  const [before, after] = [bytes(whole.events), bytes(named.events)].map((sum) => Math.round(sum / 30));
  expect(after!, `${before} → ${after} bytes an exchange`).toBeLessThan((before! * 2) / 3);
  console.log(`bytes an exchange: ${before} → ${after}`);
});
