import { expect, test } from 'vitest';
import { MAX_HELD } from '../recording/held-events.ts';
import { createRecording } from '../recording/recording.cases.ts';
import { createPanelModel } from './panel-model.ts';

test('a panel that was paused for long shows the gap, and what came last', () => {
  const model = createPanelModel();
  const recording = createRecording();
  model.receive([recording.epochStarted()]);
  model.setPaused(true);
  for (let turn = 0; turn < MAX_HELD * 1.2; turn++) model.receive([recording.background('touch')]);
  expect(model.heldCount.value).toBeLessThan(MAX_HELD * 1.1);
  model.setPaused(false);
  expect(model.items.value[0]).toMatchObject({ kind: 'gap', gap: { cause: 'slow-reader' } });
  expect(model.heldCount.value).toBe(0);
});
