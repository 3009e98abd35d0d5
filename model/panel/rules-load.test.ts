import { expect, test, vi } from 'vitest';
import { createRecording } from '../recording/recording.cases.ts';
import { createPanelModel } from './panel-model.ts';

test('until the rules are loaded, every request waits for them; then all are looked at', async () => {
  const recording = createRecording();
  recording.epochStarted();
  const login = recording.start('/login');
  login.operation('save', { state: { user: 'ada' } });
  login.finish();
  const model = createPanelModel();
  model.receive(recording.events);
  const { length } = model.items.value;
  expect(length).toBeGreaterThan(0);
  expect(model.unchecked.value).toBe(length);
  expect(model.canCheck.value).toBe(false);
  expect(model.findings.value).toEqual([]);
  expect(model.ruleFaults.value).toEqual([]);
  await vi.waitFor(() => expect(model.unchecked.value).toBe(0));
  await vi.waitFor(() => expect(model.doctor.value).toBeDefined());
});
