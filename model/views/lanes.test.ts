import { expect, test } from 'vitest';
import { sessionOf, sessionRoot } from '../history/session-roots.ts';
import { ALICE, BOB, createRecording, timelineOf } from '../recording/recording.cases.ts';
import { type LaneFacts, type LaneKind, lanesOf, MAX_LANES } from './lanes.ts';
import { isOfSession } from './of-session.ts';
import { sessionChoices } from './session-choices.ts';

const CAROL = 'ca501e000000';

/** Alice, who logs in and is given another key; Bob; and somebody without a session. */
function recorded() {
  const recording = createRecording();
  recording.epochStarted({ server: { name: 'shop', port: 3000 } });
  const visit = (path: string, session: string | null, client: string) => {
    const one = recording.start(path, { session });
    one.finish({ sessionAfter: session });
    recording.events.find((event) => event.type === 'exchange-started' && event.exchange === one.id)!;
    Object.assign(
      recording.events.find((event) => 'exchange' in event && event.exchange === one.id)!,
      { client },
    );
  };
  visit('/', ALICE, 'aaaaaaaaaaaa');
  const login = recording.start('/login', { session: ALICE });
  login.operation('cycle-key', { session: CAROL, from: ALICE, to: CAROL, state: { user: 'alice' } });
  login.finish({ sessionBefore: ALICE, sessionAfter: CAROL });
  visit('/', BOB, 'bbbbbbbbbbbb');
  visit('/cart', CAROL, 'aaaaaaaaaaaa');
  visit('/health', null, 'bbbbbbbbbbbb');
  const { items } = timelineOf(recording.events);
  return { items, exchanges: items.filter((item) => item.kind === 'exchange') };
}

function lanes(by: Exclude<LaneKind, 'none'>, tabOf: LaneFacts['tabOf'] = () => undefined) {
  const { items, exchanges } = recorded();
  const made = lanesOf(exchanges, by, {
    sessionOf(exchange) {
      const name = sessionOf(exchange);
      return name === undefined ? undefined : { root: sessionRoot(items, name), name };
    },
    tabOf,
    serverOf: ({ life }) => life.started?.server?.name,
  });
  return { labels: made.lanes.map(({ label }) => label), of: exchanges.map(made.of), made };
}

test('a session keeps its lane over a rotation, under its newest key', () => {
  const { labels, of, made } = lanes('session');
  expect(labels).toEqual(['ca50', 'b0b0', 'none']);
  expect(of).toEqual([0, 0, 1, 0, 2]);
  expect(made.lanes[0]).toMatchObject({ session: ALICE, title: `Session ${CAROL}. Its keys: a11c → ca50` });
});

test('by client, tab and server; what is not known has a lane that says so', () => {
  expect(lanes('client')).toMatchObject({ labels: ['aaaa', 'not known', 'bbbb'], of: [0, 1, 2, 0, 2] });
  expect(lanes('server')).toMatchObject({ labels: ['shop'], of: [0, 0, 0, 0, 0] });
  const tabOf = ({ number }: { number: number }) => (number === 3 ? 'another tab or client' : undefined);
  expect(lanes('tab', tabOf)).toMatchObject({
    labels: ['tab not known', 'another tab or client'],
    of: [0, 0, 1, 0, 0],
  });
});

test('of more than there is room for, the busiest have lanes of their own', () => {
  const recording = createRecording();
  for (let count = 0; count < 9; count++)
    for (let requests = 0; requests <= count % 4; requests++) {
      const session = `${count}`.repeat(12);
      recording.start('/', { session }).finish({ sessionAfter: session });
    }
  const exchanges = timelineOf(recording.events).items.filter((item) => item.kind === 'exchange');
  const { lanes: all, of } = lanesOf(exchanges, 'session', {
    sessionOf: (exchange) => ({ root: sessionOf(exchange)!, name: sessionOf(exchange)! }),
    tabOf: () => undefined,
    serverOf: () => undefined,
  });
  expect(all).toHaveLength(MAX_LANES);
  expect(all.at(-1)).toMatchObject({ label: '4 more' });
  expect(all.map(({ label }) => label)).toContain('3333');
  expect(of(exchanges[0]!)).toBe(MAX_LANES - 1);
});

test('sessions to choose from: used last first, with who is in them; one of them is all of its keys', () => {
  const { items, exchanges } = recorded();
  expect(sessionChoices(items)).toMatchObject([
    { root: ALICE, name: CAROL, requests: 3 },
    { root: BOB, name: BOB, requests: 1, title: expect.stringMatching(/^b0b0 · 1 request · /) as string },
  ]);
  expect(exchanges.map((exchange) => isOfSession(items, exchange, ALICE))).toEqual([true, true, false, true, false]);
});
