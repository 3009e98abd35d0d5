/** A companion that sends one event that does not fit costs the reader that event alone. */
import { expect, test } from 'vitest';
import { parseEvents } from './parse.ts';

const FIT = {
  type: 'operation-recorded',
  epoch: '0123456789ab',
  seq: 1,
  at: 10,
  exchange: null,
  session: null,
  operation: 'touch',
  call: 'touch',
  actor: 'background',
};
const answerOf = (...events: unknown[]) => ({
  events,
  next: { epoch: '0123456789ab', seq: 9 },
  more: false,
  sentAt: 20,
});

test('an event that does not fit becomes a gap of one at its place, and the others stand', () => {
  const longKey = { ...FIT, seq: 2, operation: 'set', path: ['k'.repeat(300)] };
  const parsed = parseEvents(answerOf(FIT, longKey, { ...FIT, seq: 3 }));
  expect(parsed).toMatchObject({
    ok: true,
    value: {
      events: [
        { seq: 1, operation: 'touch' },
        { type: 'gap-opened', epoch: '0123456789ab', seq: 2, fromSeq: 2, count: 1, cause: 'refused', at: 20 },
        { seq: 3, operation: 'touch' },
      ],
      next: { seq: 9 },
    },
  });
});

test.each([null, 7, 'x', [], { seq: 'x' }, { type: 'constructor' }])(
  '%j stands as a gap at the answer’s end',
  (one) => {
    const parsed = parseEvents(answerOf(one));
    expect(parsed).toMatchObject({ ok: true, value: { events: [{ type: 'gap-opened', seq: 9, cause: 'refused' }] } });
  },
);

test('an answer that is none is refused whole', () => {
  expect(parseEvents({ events: 1 })).toMatchObject({ ok: false });
});
