import { beforeEach, expect, test } from 'vitest';
import { createPanelModel, createWorkbench } from '../../model/index.ts';
import { createRecording } from '../../model/recording/recording.cases.ts';
import { handleKey, type KeyContext, KEYS } from './keyboard.ts';

let context: KeyContext;
let said: string[];

beforeEach(() => {
  said = [];
  const model = createPanelModel();
  const recording = createRecording('epoch00001');
  const exchange = recording.start('/cart/');
  exchange.load({});
  exchange.set('cart', { items: [1] }, { source: { frames: [{ file: 'cart.ts', line: 7, kind: 'app' }] } });
  exchange.finish();
  model.receive(recording.events);
  // A server of another project, which began later: its root is not this operation's.
  model.receive(createRecording('epoch00002').events);
  context = {
    model,
    bench: createWorkbench(),
    actions: {
      copy: (text) => said.push(`copy ${text}`),
      openSource: ({ file, line }, epoch) => said.push(`open ${file}:${line} of ${epoch}`),
    },
    focusFilter: () => said.push('filter'),
    toggleHelp: () => said.push('help'),
    closeOverlay: () => false,
    drill: (into) => said.push(into ? 'into' : 'out') > 0,
    openMenu: () => said.push('menu'),
    openSessions: () => said.push('sessions'),
    viewValue: () => said.push('view'),
    explain: () => said.push('explain'),
  };
});

/** Presses a key on an element; returns whether the panel took it. */
function press(key: string, init: KeyboardEventInit = {}, markup = '<div></div>'): boolean {
  document.body.innerHTML = markup;
  const event = new KeyboardEvent('keydown', { key, bubbles: true, ...init });
  Object.defineProperty(event, 'target', { value: document.body.firstElementChild });
  return handleKey(event, context);
}

test('every key stands once in the list, and is taken', () => {
  const all = KEYS.flatMap(({ keys }) => keys);
  expect(new Set(all).size).toBe(all.length);
  for (const key of all) {
    const [modifier, name] = key.length > 1 && key.includes(' ') ? key.split(' ') : ['', key];
    expect(press(name!, { shiftKey: modifier === 'Shift', ctrlKey: modifier === 'Ctrl' })).toBe(true);
  }
});

test.each([
  ['c', 'copy {\n  "items": [\n    1\n  ]\n}'],
  ['o', 'open cart.ts:7 of epoch00001'],
  ['/', 'filter'],
  ['?', 'help'],
  ['Enter', 'into'],
  ['Escape', 'out'],
  ['ContextMenu', 'menu'],
  ['v', 'view'],
  ['i', 'explain'],
])('%s does what the list says', (key, what) => {
  press(key);
  expect(said).toEqual([what]);
});

test('Escape closes what lies over the panel before it goes back', () => {
  context.closeOverlay = () => true;
  press('Escape');
  expect(said).toEqual([]);
});

test('a source that can not be opened shows the details', () => {
  delete context.actions.openSource;
  press('o');
  expect(said).toEqual(['into']);
});

test.each(['ctrlKey', 'metaKey', 'altKey'])('with %s it is the browser`s key', (modifier) => {
  expect(press('c', { [modifier]: true })).toBe(false);
});

test('in a field every key is text, but Escape leaves it', () => {
  for (const key of ['c', '/', ' ', 'ArrowUp', '?']) expect(press(key, {}, '<input>')).toBe(false);
  expect(press('Escape', {}, '<input>')).toBe(true);
});

test('a button is pressed by Space and Enter, and passes other keys on', () => {
  expect(press(' ', {}, '<button></button>')).toBe(false);
  expect(press('Enter', {}, '<button></button>')).toBe(false);
  expect(press('d', {}, '<button></button>')).toBe(true);
});

test('arrows scroll a pane of text', () => {
  expect(press('ArrowDown', {}, '<div role="tabpanel"></div>')).toBe(false);
  expect(press('d', {}, '<div role="tabpanel"></div>')).toBe(true);
});

test('what the panel does not know it leaves alone', () => {
  expect(press('x')).toBe(false);
  expect(press('F10')).toBe(false);
});
