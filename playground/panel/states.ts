/** Every state of the panel, by name. What a recording can't hold (a refusal, a filter, a click) is said here. */
import type { Connection, DiffBase, PanelModel, Tab } from '../../model/index.ts';
import { feedCanaries, feedEveryTag } from './made-up.ts';
import type { Recording } from './recording.ts';

export interface PanelState {
  /** What is to be seen. */
  title: string;
  /** Of `recordings/`; none: nothing was recorded. */
  recording?: string;
  /** What differs from how the recording ended. */
  connection?: Partial<Connection>;
  /** Events that the panel keeps; default: as many as it does. */
  maxEvents?: number;
  tab?: Tab;
  base?: DiffBase;
  /** An exchange's number, or that and one of its operations: `3`, `3.2`. Absent: live. */
  at?: string;
  /** How the recording comes in, where it is not all at once. */
  feed?: (model: PanelModel, events: Recording['events']) => void;
  /** What the user has set, and what came after it. */
  prepare?: (model: PanelModel, recording: Recording) => void;
  /** What only a click or a key opens. */
  act?: (root: HTMLElement) => Promise<void> | void;
}

/** A page of http on which nothing is known yet. */
const PAGE: Partial<Connection> = { pageOrigin: 'http://localhost:3000', permission: 'granted', responses: 3 };
const FOUND: Partial<Connection> = { ...PAGE, header: 'found' };
const ANSWERED: Partial<Connection> = {
  ...FOUND,
  hello: 'ok',
  helloOrigin: 'http://localhost:3000',
  companion: {
    project: 'shop',
    runtime: 'node 24.21.0',
    libraries: ['express-session 1.19.0'],
    app: 'shop-shop-shop-shop-sh',
  },
};

const press = async (root: HTMLElement, name: string) => {
  const button = [...root.querySelectorAll('button')].find(({ textContent }) => textContent?.trim() === name);
  if (button === undefined) throw new Error(`There is no button ${name}.`);
  button.click();
  await painted();
};

/** After the next frame: what a click changed is in the document. */
export const painted = () =>
  new Promise<void>((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
  });

const type = async (root: HTMLElement, selector: string, text: string) => {
  const field = root.querySelector<HTMLInputElement>(selector)!;
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await painted();
};

const key = (root: HTMLElement, name: string) =>
  root.querySelector('.panel')!.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true }));

export const STATES: Record<string, PanelState> = {
  timeline: { title: 'Set, get, login, cart, expiry, logout: live', recording: 'everyday' },
  'lost-update': {
    title: 'Two requests at once; the later save writes its older copy back',
    recording: 'lost-update',
    at: '4',
    tab: 'diff',
    base: 'previous',
  },
  'cookie-not-set': {
    title: 'A cookie that was due and never left: secure over plain http',
    recording: 'cookie-not-set',
    tab: 'cookie',
  },
  'redirect-before-save': { title: 'The next page loads before the save has ended', recording: 'redirect-before-save' },
  'nested-not-saved': {
    title: 'Memory and store part: a change after the save',
    recording: 'nested-not-saved',
    at: '3',
    tab: 'state',
  },
  'logout-undone': {
    title: 'A slow request saves what a logout had destroyed',
    recording: 'logout-undone',
    at: '4',
    tab: 'state',
  },
  expiry: { title: 'Three clocks that part', recording: 'expiry', tab: 'cookie' },
  running: { title: 'A request that is still running', recording: 'running', tab: 'state' },
  inferred: { title: 'A nested change, found by comparison', recording: 'everyday', at: '10', tab: 'diff' },
  rotation: { title: 'A login: the key is rotated', recording: 'everyday', at: '4', tab: 'exchange' },
  values: { title: 'Values of every kind: cut, held back, tagged', recording: 'values', tab: 'state' },
  'every-tag': { title: 'Every kind of value that the wire has', tab: 'state', feed: feedEveryTag },
  canaries: { title: 'A companion that writes markup wherever it can', tab: 'state', feed: feedCanaries },
  'values-diff': { title: 'Values of every kind, before and after', recording: 'values', tab: 'diff' },
  folded: { title: 'Loops as one row each', recording: 'folded' },
  'store-failure': { title: 'A store that fails on save', recording: 'store-failure', at: '3', tab: 'exchange' },
  clients: { title: 'Paired: another browser`s session too', recording: 'clients' },
  'this-tab': {
    title: 'Paired, but this tab only',
    recording: 'clients',
    prepare: (model) => void (model.scope.value = 'tab'),
  },
  restart: {
    title: 'A restarted server whose records were in memory',
    recording: 'restart',
    at: '4',
    tab: 'exchange',
  },
  gap: { title: 'A log that no longer holds the start', recording: 'gap' },
  history: {
    title: 'Who wrote one key, and when',
    recording: 'everyday',
    at: '9',
    tab: 'state',
    prepare: (model) => void (model.selectedPath.value = ['cart']),
  },
  marked: {
    title: 'Compared with a marked moment',
    recording: 'everyday',
    at: '10',
    tab: 'diff',
    prepare(model) {
      selectMoment(model, '5');
      model.mark();
    },
  },
  unchanged: {
    title: 'A diff with its unchanged keys',
    recording: 'lost-update',
    at: '4',
    tab: 'diff',
    prepare: (model) => void (model.showsUnchanged.value = true),
  },
  filter: {
    title: 'What a filter lets pass',
    recording: 'everyday',
    prepare: (model) => void (model.filterText.value = 'cart'),
  },
  writes: { title: 'Writes alone', recording: 'everyday', prepare: (model) => void (model.kind.value = 'writes') },
  'empty-filter': {
    title: 'A filter that nothing matches',
    recording: 'everyday',
    prepare: (model) => void (model.filterText.value = 'nothing has this'),
  },
  paused: {
    title: 'Paused, with events waiting',
    recording: 'everyday',
    feed(model, events) {
      model.receive(events.slice(0, events.length / 2));
      model.setPaused(true);
      model.receive(events.slice(events.length / 2));
    },
  },
  unseen: {
    title: 'Something older is being read while new operations arrive',
    recording: 'everyday',
    feed(model, events) {
      const half = Math.floor(events.length / 2);
      model.receive(events.slice(0, half));
      selectMoment(model, '2.2');
      model.receive(events.slice(half));
    },
  },
  faults: {
    title: 'The companion`s own fault, told and without effect',
    recording: 'lost-update',
    at: '2',
    tab: 'exchange',
    feed(model, events) {
      // Made up: a companion has none on purpose.
      const finished = events.filter((event) => event.type === 'exchange-finished')[1]!;
      const { epoch, at, exchange } = finished;
      model.receive(events.map((event) => (event === finished ? { ...finished, faults: 2 } : event)));
      model.receive([
        {
          type: 'fault-noted',
          epoch,
          seq: 90_001,
          at,
          exchange,
          where: 'encode',
          message: 'RangeError: a value broke a bound',
          total: 2,
        },
      ]);
    },
  },
  broken: {
    title: 'The connection was lost; what was recorded is kept',
    recording: 'everyday',
    connection: { stream: 'broken', streamFault: 'the server ended the stream' },
    prepare: (model, { endedAt }) => model.setConnection({ streamSince: endedAt - 4_000 }),
  },
  polling: { title: 'A proxy holds the stream back', recording: 'everyday', connection: { stream: 'polling' } },
  dropped: {
    title: 'More exchanges than the panel keeps',
    recording: 'everyday',
    maxEvents: 60,
  },
  'store-look': {
    title: 'A page that was loaded before DevTools: the record as it is',
    recording: 'everyday',
    // Nothing was told of what had happened before.
    feed: () => undefined,
  },
  help: { title: 'The keys', recording: 'everyday', act: (root) => void key(root, '?') },
  menu: {
    title: 'What can be done with an operation',
    recording: 'everyday',
    at: '6.3',
    act: (root) => void key(root, 'ContextMenu'),
  },
  'menu-of-the-bar': {
    title: 'What a narrow bar has no room for',
    recording: 'everyday',
    act: (root) => root.querySelector<HTMLElement>('[aria-label=More]')!.click(),
  },
  pairing: { title: 'Pairing: what it adds', recording: 'everyday', act: (root) => press(root, 'Pair…') },
  'pairing-code': {
    title: 'Pairing: the code',
    recording: 'everyday',
    async act(root) {
      await press(root, 'Pair…');
      await press(root, 'Print a code in the terminal');
    },
  },
  'pairing-wrong': {
    title: 'Pairing: a wrong code',
    recording: 'everyday',
    async act(root) {
      await press(root, 'Pair…');
      await press(root, 'Print a code in the terminal');
      await type(root, '#pairing-code', 'BBBBBBBB');
      await press(root, 'Pair');
    },
  },
  listening: { title: 'Connected, nothing recorded yet', connection: { ...ANSWERED, door: 'ok', stream: 'live' } },
  'doctor-waiting': { title: 'No response seen yet', connection: { ...PAGE, responses: 0 } },
  'doctor-page': { title: 'No page of http', connection: {} },
  'doctor-permission': {
    title: 'Site access is not granted',
    connection: { ...PAGE, pageOrigin: 'https://shop.test', permission: 'missing' },
  },
  'doctor-header': { title: 'No header: the line is missing', connection: { ...PAGE, header: 'missing' } },
  'doctor-refused-header': {
    title: 'A header that no companion writes',
    connection: { ...PAGE, header: 'refused', headerFault: 'path is not a plain absolute path' },
  },
  'doctor-version': {
    title: 'Another version',
    connection: { ...PAGE, header: 'other-version', headerFault: 'protocol version 2' },
  },
  'doctor-silent': {
    title: 'The companion does not answer',
    connection: { ...FOUND, hello: 'failed', helloOrigin: 'http://localhost:3000', helloFault: 'no connection' },
  },
  'doctor-refused': {
    title: 'The companion refuses this panel',
    connection: {
      ...FOUND,
      hello: 'refused',
      helloOrigin: 'http://localhost:3000',
      helloFault: 'The Origin is not an extension that this companion knows.',
    },
  },
  'doctor-other-version': {
    title: 'The companion speaks another version',
    connection: {
      ...FOUND,
      hello: 'other-version',
      helloOrigin: 'http://localhost:3000',
      helloFault: 'This companion speaks version 2 of the protocol.',
    },
  },
  'doctor-other-app': {
    title: 'Another project answers',
    connection: { ...FOUND, hello: 'other-app', helloOrigin: 'http://localhost:3000' },
  },
  'doctor-door': {
    title: 'A container, or another machine',
    connection: { ...ANSWERED, door: 'unreachable', doorFault: 'http://127.0.0.1:41234 does not answer for this app' },
  },
  'doctor-proof': {
    title: 'Nothing proves what this panel may see',
    connection: { ...ANSWERED, door: 'ok', stream: 'refused', streamFault: 'No cookie that this app signed was sent.' },
  },
  'doctor-broken': {
    title: 'The server went away before anything was recorded',
    connection: { ...ANSWERED, door: 'ok', stream: 'broken', streamFault: 'the server ended the stream' },
  },
};

/** Puts the cursor: `3` an exchange's end, `3.2` after its second operation. */
export function selectMoment(model: PanelModel, at: string): void {
  const [number, index] = at.split('.').map(Number);
  const exchange = model.items.value.find((item) => item.kind === 'exchange' && item.number === number);
  if (exchange?.kind === 'exchange')
    model.select({ exchange: exchange.id, index: index ?? exchange.operations.length });
}

/** At least `count` operations: a recording over and over, each time some seconds later. */
export function manyEvents(events: Recording['events'], count: number): Recording['events'] {
  const many: Recording['events'] = [];
  const first = events[0]!.at;
  const span = events.at(-1)!.at - first + 2_000;
  const seqs = Math.max(...events.map(({ seq }) => seq));
  const repeated = events.filter(({ type }) => type !== 'epoch-started');
  let operations = 0;
  for (let turn = 1; operations < count; turn++) {
    const mark = turn.toString(16).padStart(8, '0');
    for (const event of repeated) {
      if (event.type === 'operation-recorded') operations += 1;
      many.push({
        ...event,
        seq: event.seq + turn * seqs,
        at: event.at + turn * span,
        ...('exchange' in event && event.exchange !== null ? { exchange: mark + event.exchange.slice(8) } : {}),
      } as (typeof events)[number]);
    }
  }
  return many;
}
