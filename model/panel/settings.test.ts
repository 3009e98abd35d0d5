import { beforeEach, expect, test } from 'vitest';
import { createPanelModel, type PanelModel } from './panel-model.ts';
import { restoreSettings, settingsText } from './settings.ts';
import { createWorkbench, type Workbench } from './workbench.ts';

let model: PanelModel;
let bench: Workbench;
beforeEach(() => {
  model = createPanelModel();
  bench = createWorkbench();
});

test('what was set comes back in a panel that is opened later', () => {
  bench.editor.value = 'zed';
  model.filterText.value = '-key:cart';
  model.kind.value = 'writes';
  model.preserve.value = false;
  model.scope.value = 'tab';
  model.tab.value = 'diff';
  bench.setShare('beside', 40);
  bench.setColumn('record', 120);
  bench.wraps.value = false;
  const text = settingsText(model, bench);
  const later = { model: createPanelModel(), bench: createWorkbench() };
  restoreSettings(text, later.model, later.bench);
  expect(settingsText(later.model, later.bench)).toBe(text);
  expect(later.bench.shares.value.beside).toBe(40);
  expect(later.model.filterText.value).toBe('-key:cart');
});

test.each([
  undefined,
  '',
  '[]',
  'null',
  '{"editor":"evil","kind":"x","tab":7,"shares":"wide","columns":{"record":"x"}}',
  '{"shares":{"beside":null},"editor":"__proto__","columns":{"__proto__":9}}',
])('%s changes nothing', (text) => {
  const before = settingsText(model, bench);
  restoreSettings(text, model, bench);
  expect(settingsText(model, bench)).toBe(before);
});

test('sizes stay within bounds, wherever they come from', () => {
  restoreSettings('{"shares":{"beside":1e9,"stacked":-5},"columns":{"time":1}}', model, bench);
  expect(bench.shares.value).toEqual({ beside: 80, stacked: 20 });
  expect(bench.columns.value).toEqual({ time: 36 });
});

test('nothing of a recording is among the settings', () => {
  bench.watched.value = ['password'];
  bench.viewed.value = { title: 'password', value: 'hunter2' };
  expect(settingsText(model, bench)).not.toMatch(/password|hunter2/);
});
