/** The engine of the findings: work in pieces, a past that changes, a rule that throws. */
import { expect, test } from 'vitest';
import { FindingsEngine } from '../../model/findings/engine.ts';
import { type Match, type Rule, rule } from '../../model/findings/rule.ts';
import { say } from '../../model/findings/sentence.ts';
import { createStage, setCookie } from '../../model/findings/rule.cases.ts';
import { ALICE } from '../../model/recording/recording.cases.ts';
import { Timeline } from '../../model/recording/timeline.ts';

const base = { severity: 'warning', title: 'A set', why: '', references: [] } as const;

/** Finds each `set`, and counts how often it was asked. */
function sets(): { counted: Rule; asked: () => number } {
  let asked = 0;
  const counted = rule<Match>({
    ...base,
    id: 'sets',
    scope: 'operation',
    find({ operation }) {
      asked += 1;
      return operation.operation === 'set' ? [{ key: String(operation.seq) }] : [];
    },
    explain: (_, { exchange }) => ({ sentence: say`set`, evidence: [{ exchange, text: say`set` }] }),
  });
  return { counted, asked: () => asked };
}

const throwing = rule<Match>({
  ...base,
  id: 'throws',
  scope: 'exchange',
  find: () => {
    throw new Error('a rule broke');
  },
  explain: () => {
    throw new Error('never asked');
  },
});

function recorded(requests: number, stage = createStage()) {
  for (let at = 0; at < requests; at++) {
    const get = stage.start(`/${at}`);
    get.load({});
    get.set('a', at);
    get.finish();
  }
  return stage;
}

const timelineOf = ({ events }: { events: ReturnType<typeof createStage>['events'] }) => {
  const timeline = new Timeline();
  for (const event of events) timeline.receive(event);
  return timeline;
};

test('each operation is asked about once, however the recording grows', () => {
  const { counted, asked } = sets();
  const engine = new FindingsEngine([counted]);
  const timeline = new Timeline();
  const stage = recorded(5);
  for (const event of stage.events) {
    timeline.receive(event);
    engine.update(timeline.items);
    engine.update(timeline.items);
  }
  expect(asked()).toBe(10);
  expect(engine.findings).toHaveLength(5);
});

test('a rule that throws is a fault, and the others find what they find', () => {
  const { counted } = sets();
  const engine = new FindingsEngine([throwing, counted]);
  engine.update(timelineOf(recorded(3)).items);
  expect(engine.faults).toEqual([{ rule: 'throws', message: 'a rule broke', count: 3 }]);
  expect(engine.findings).toHaveLength(3);
});

test('an explanation that throws is a fault, not a failure of the panel', () => {
  const broken = rule<Match>({
    ...base,
    id: 'broken',
    scope: 'exchange',
    find: () => [{ key: 'one' }],
    explain: () => {
      throw new Error('no words');
    },
  });
  const engine = new FindingsEngine([broken]);
  engine.update(timelineOf(recorded(1)).items);
  expect(engine.explain(engine.findings[0]!)).toBeUndefined();
  expect(engine.faults[0]).toMatchObject({ rule: 'broken', message: 'no words' });
});

test('with a budget the newest requests come first, the rest in the next calls, and what waits is counted', () => {
  const { counted } = sets();
  const engine = new FindingsEngine([counted]);
  const { items } = timelineOf(recorded(10));
  engine.update(items, 6);
  expect(engine.pending).toBe(8);
  expect(engine.findings.map(({ seen }) => seen[0]!.exchange.number)).toEqual([10, 9]);
  for (let calls = 0; calls < 4; calls++) engine.update(items, 6);
  expect(engine.pending).toBe(0);
  expect(engine.findings).toHaveLength(10);
});

test('events that come late change the past: what rests on it is asked again', () => {
  const stage = createStage();
  const slow = stage.start('/autosave');
  slow.load({ user: 1 });
  const logout = stage.start('/logout', { method: 'POST' });
  logout.load({ user: 1 });
  logout.operation('flush', { from: ALICE, to: null, outcome: 'done' });
  slow.save({ user: 1 });
  const flush = stage.events.findIndex((event) => event.type === 'operation-recorded' && event.operation === 'flush');
  const timeline = new Timeline();
  const engine = new FindingsEngine();
  stage.events.forEach((event, index) => index !== flush && timeline.receive(event));
  engine.update(timeline.items);
  expect(engine.findings.filter(({ rule: { id } }) => id === 'logout-undone')).toEqual([]);
  timeline.receive(stage.events[flush]!);
  engine.update(timeline.items);
  expect(engine.findings.map(({ rule: { id } }) => id)).toContain('logout-undone');
});

test('what the browser says of an earlier request is asked of those that follow too', () => {
  const stage = createStage();
  const names = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb', 'cccccccccccc'];
  for (const name of names) {
    const get = stage.start('/', { session: null });
    stage.wait(500);
    get.finish({ sessionAfter: name, verdict: { cookie: setCookie() } });
    stage.see(get, { setCookies: [{ name: 'sid', valueLength: 80, attributes: '; Path=/' }] });
  }
  const timeline = timelineOf(stage);
  const engine = new FindingsEngine();
  engine.update(timeline.items);
  expect(engine.findings.map(({ rule: { id } }) => id)).not.toContain('cookie-not-returned');
  // The last first: it says nothing alone.
  for (const response of stage.responses.toReversed()) {
    timeline.see(response);
    engine.update(timeline.items);
  }
  expect(engine.findings.map(({ rule: { id } }) => id)).toContain('cookie-not-returned');
});

test('what was cleared is found no more', () => {
  const { counted } = sets();
  const engine = new FindingsEngine([counted]);
  const timeline = timelineOf(recorded(3));
  engine.update(timeline.items);
  timeline.clear();
  engine.update(timeline.items);
  expect(engine.findings).toEqual([]);
});
