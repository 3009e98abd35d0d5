import '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createStage } from '../../../model/findings/rule.cases.ts';
import { createPanelModel, type PanelModel, loadDeferred } from '../../../model/index.ts';
import { ALICE, BOB } from '../../../model/recording/recording.cases.ts';
import { FindingsTab } from './FindingsTab.tsx';

await loadDeferred();

let root: HTMLElement;
let model: PanelModel;
let copied: string[];

beforeEach(() => {
  root = document.body.appendChild(document.createElement('div'));
  model = createPanelModel();
  copied = [];
});
afterEach(() => {
  render(null, root);
  root.remove();
});

const SECRET = 'correct horse battery staple';

/** A login under a new key, and a logout by a GET. */
function record() {
  const stage = createStage();
  const login = stage.start('/login', { method: 'POST' });
  login.load({ cart: 1, note: SECRET });
  const rotation = login.operation('cycle-key', { from: ALICE, to: BOB, session: BOB, outcome: 'done' });
  login.set('user', SECRET, { session: BOB });
  login.save({ user: SECRET }, { session: BOB });
  login.finish({ sessionAfter: BOB, verdict: { record: { outcome: 'saved' } } });
  const logout = stage.start('/log|out', { session: BOB });
  logout.load({ user: SECRET });
  logout.operation('flush', { session: BOB, from: BOB, to: null, outcome: 'done' });
  logout.finish({ sessionAfter: null, verdict: { record: { outcome: 'deleted' } } });
  model.receive(stage.events);
  return { login, logout, rotation };
}

const show = () =>
  act(() => render(<FindingsTab model={model} actions={{ copy: (text) => void copied.push(text) }} />, root));
const press = (element: Element | null | undefined) => act(() => (element as HTMLElement).click());
const button = (words: string) =>
  [...root.querySelectorAll('button')].find(({ textContent }) => textContent.trim() === words);
const row = (id: string) => root.querySelector<HTMLElement>(`[data-requirement="${id}"]`)!;

test('the switch shows the sheet; a row opens to what is asked for, its link and its evidence; a click goes to the event', async () => {
  const { login, rotation } = record();
  await show();
  expect(root.querySelector('.requirement-row')).toBeNull();
  await press(button('ASVS 5.0'));
  expect(button('ASVS 5.0')!.getAttribute('aria-pressed')).toBe('true');
  expect(row('7.2.4').textContent).toMatch(/^ met7\.2\.4 A new key at login.*ended key a11c as it logged in/);
  expect(row('7.2.4').getAttribute('aria-expanded')).toBe('false');
  await press(row('7.2.4'));
  expect(row('7.2.4').getAttribute('aria-expanded')).toBe('true');
  const body = row('7.2.4').parentElement!;
  expect(body.querySelector('a')!.href).toMatch(/^https:\/\/github\.com\/OWASP\/ASVS\/blob\/v5\.0\.0\/.*V7/);
  const evidence = [...body.querySelectorAll<HTMLElement>('.evidence button:first-child')];
  await press(evidence.find(({ textContent }) => textContent.includes('ends that key')));
  expect(model.cursor.value!.exchange.id).toBe(login.id);
  expect(model.cursor.value!.exchange.operations[model.cursor.value!.index - 1]!.seq).toBe(rotation.seq);
  await press(row('7.2.4'));
  expect(body.querySelector('.evidence')).toBeNull();
});

test('what is unmet leads to its finding, and back to the sheet; silenced, it is still unmet', async () => {
  record();
  model.findingsView.value = 'sheet';
  await show();
  expect(row('3.5.3').dataset['status']).toBe('unmet');
  await press(row('3.5.3'));
  await press(row('3.5.3').parentElement!.querySelector('.about button'));
  expect(model.finding.value?.rule.id).toBe('get-changes-login');
  await press(button('Silence this rule'));
  expect(row('3.5.3').dataset['status']).toBe('unmet');
  expect(row('3.5.3').parentElement!.textContent).toContain('(silenced)');
  await press(row('3.5.3').parentElement!.querySelector('.about button'));
  await press(button('‹ ASVS 5.0'));
  expect(row('3.5.3').getAttribute('aria-expanded')).toBe('true');
});

test('the filter hides nothing of it', async () => {
  record();
  model.findingsView.value = 'sheet';
  await show();
  const before = root.querySelector('.lead')!.textContent;
  expect(before).toMatch(/^1 unmet, .* met .*, from 2 requests\.$/);
  await act(() => void (model.filterText.value = 'nothing has this'));
  expect(root.querySelector('.lead')!.textContent).toBe(before);
});

test('copied as Markdown it is whole, each row in one line of a table, and without a value of a session', async () => {
  record();
  model.findingsView.value = 'sheet';
  await show();
  await press(button('Copy as Markdown'));
  const [text] = copied;
  expect(text).not.toContain(SECRET);
  expect(text).not.toContain(ALICE);
  const rows = text!.split('\n').filter((line) => /^\| [a-z ]+ \| \[\d/.test(line));
  expect(rows).toHaveLength(root.querySelectorAll('.requirement-row').length);
  // Three cells: a path with a bar does not make another.
  for (const line of rows) expect(line.replaceAll(String.raw`\|`, '').split('|'), line).toHaveLength(5);
  expect(text).toMatch(
    /\| unmet \| \[3\.5\.3\]\(https:.*\) No GET changes.* \| `#2 GET \/log\\\|out` ended session `b0b0`\./,
  );
  expect(text).toMatch(/### 7\.2\.4 .*: met\n\n1\. #1 comes with session `a11c`\n2\. #1 ends that key/);
});

test('before any request has ended it says what to do', async () => {
  const stage = createStage();
  stage.start('/login', { method: 'POST' });
  model.receive(stage.events);
  model.findingsView.value = 'sheet';
  await show();
  expect(root.querySelector('.section')!.textContent).toMatch(/nothing is tested.*log in, .* log out/);
  expect(
    [...root.querySelectorAll('.requirement-row')].filter(
      (one) => !['not-tested', 'outside'].includes((one as HTMLElement).dataset['status']!),
    ),
  ).toEqual([]);
});

test('lost events, and requests of which they were a part, are said above it', async () => {
  const stage = createStage();
  stage.serve();
  stage.start('/').finish();
  model.receive(stage.events.filter(({ type }) => type !== 'exchange-started'));
  stage.gap();
  model.receive(stage.events.slice(-1));
  model.findingsView.value = 'sheet';
  await show();
  expect([...root.querySelectorAll('.note')].map(({ textContent }) => textContent)).toEqual([
    '3 events lost: what happened in them is in no row.',
    'The start of 1 request was not recorded: it is in no row.',
  ]);
});
