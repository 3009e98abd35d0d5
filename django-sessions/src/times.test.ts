import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createClock, formatIso, formatWall, parseIso } from './times.ts';

const UTC = createClock(undefined);

test.each([
  ['2026-01-02T03:04:05+00:00', '2026-01-02T03:04:05.000Z'],
  ['2026-01-02 03:04:05.678901+00:00', '2026-01-02T03:04:05.678Z'],
  ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
  ['2026-01-02T03:04:05.5+05:30', '2026-01-01T21:34:05.500Z'],
  ['2026-01-02T03:04-0330', '2026-01-02T06:34:00.000Z'],
  ['2026-01-02', '2026-01-02T00:00:00.000Z'],
])('%s is read', (text, wanted) => {
  expect(new Date(Math.trunc(parseIso(text, UTC))).toISOString()).toBe(wanted);
});

test.each(['', 'tomorrow', '2026-1-2', '2026-01-02T03:04:05+xx', '20260102'])('%j is no time', (text) => {
  expect(() => parseIso(text, UTC)).toThrow('is not an ISO date and time');
});

test("a whole second has no fraction, as in Python's str and isoformat", () => {
  expect(formatWall(0)).toBe('1970-01-01 00:00:00');
  expect(formatIso(1, UTC)).toBe('1970-01-01T00:00:00.001000+00:00');
  expect(formatIso(0, createClock('Asia/Tokyo'))).toBe('1970-01-01T09:00:00');
});

test.each(['America/St_Johns', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'])(
  '%s: the wall clock and back, but for the hour that comes twice',
  (zone) => {
    const clock = createClock(zone);
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1990-01-01'), max: new Date('2040-01-01'), noInvalidDate: true }),
        (date) => {
          const instant = date.getTime();
          const wall = clock.toWall(instant);
          const back = clock.toInstant(wall);
          // Of two instants that the clock shows alike, it is the first.
          expect(clock.toWall(back)).toBe(wall);
          expect(back).toBeLessThanOrEqual(instant);
          expect(instant - back).toBeLessThanOrEqual(3_600_000);
        },
      ),
      { numRuns: 300 },
    );
  },
);

test('the hour that comes twice is the first, the one that is left out is moved', () => {
  const berlin = createClock('Europe/Berlin');
  const at = (text: string) => new Date(berlin.toInstant(Date.parse(`${text}Z`))).toISOString();
  expect(at('2026-10-25T02:30:00')).toBe('2026-10-25T00:30:00.000Z');
  expect(at('2026-03-29T02:30:00')).toBe('2026-03-29T01:30:00.000Z');
  expect(at('2026-07-01T12:00:00')).toBe('2026-07-01T10:00:00.000Z');
  expect(at('2026-12-01T12:00:00')).toBe('2026-12-01T11:00:00.000Z');
});
