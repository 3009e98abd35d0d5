import { expect, test } from 'vitest';
import { createPanelModel, loadDeferred } from '../../model/index.ts';
import { ALICE, BOB, createRecording } from '../../model/recording/recording.cases.ts';
import { sessionItems } from './session-items.ts';

await loadDeferred();

test('one session is chosen alone, whatever key it has by then, and all are shown again', () => {
  const model = createPanelModel();
  expect(sessionItems(model).map(({ title }) => title)).toEqual(['No session is recorded yet']);
  const recording = createRecording();
  recording.epochStarted();
  recording.start('/', { session: ALICE }).finish({ sessionAfter: ALICE });
  model.receive(recording.events.splice(0));
  expect(model.hasSeveralSessions.value).toBe(false);
  recording.start('/', { session: BOB }).finish({ sessionAfter: BOB });
  model.receive(recording.events);
  expect(model.hasSeveralSessions.value).toBe(true);
  const items = sessionItems(model);
  expect(items.map(({ title, isChecked }) => [title.slice(0, 4), isChecked])).toEqual([
    ['All ', true],
    ['b0b0', false],
    ['a11c', false],
  ]);
  items[2]!.act();
  expect(model.visible.value.map(({ number }) => number)).toEqual([1]);

  const login = recording.start('/login', { session: ALICE });
  login.operation('cycle-key', { session: 'ca501e000000', from: ALICE, to: 'ca501e000000', state: {} });
  login.finish({ sessionBefore: ALICE, sessionAfter: 'ca501e000000' });
  recording.start('/', { session: 'ca501e000000' }).finish({ sessionAfter: 'ca501e000000' });
  model.receive(recording.events.slice(-6));
  expect(model.visible.value.map(({ number }) => number)).toEqual([1, 3, 4]);
  expect(sessionItems(model)[1]).toMatchObject({ title: expect.stringMatching(/^ca50/) as string, isChecked: true });
  sessionItems(model)[0]!.act();
  expect(model.hasSeveralSessions.value).toBe(true);
  expect(model.visible.value).toHaveLength(4);
});
