/** Every state of the panel, by name. What a recording can't hold (a refusal, a filter, a click) is said here. */
import type { Connection, DiffBase, PanelModel, Tab } from '../../model/index.ts';
import type { OperationRecorded } from '../../protocol/index.ts';
import { feedCanaries, feedEveryTag, feedNoise, feedOddKeys } from './made-up.ts';
import { feedOtherPort } from './other-port.ts';
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

/** Fills in *Would it be sent?*, and scrolls there. */
const askSending = async (
  root: HTMLElement,
  { kind, page, setWith }: { kind: string; page?: string; setWith?: string },
) => {
  const [kinds, withs] = root.querySelectorAll<HTMLSelectElement>('.sending select');
  const choose = (select: HTMLSelectElement, value: string) => {
    select.value = value;
    select.dispatchEvent(new Event('change', { bubbles: true }));
  };
  choose(kinds!, kind);
  if (setWith !== undefined) choose(withs!, setWith);
  await painted();
  if (page !== undefined) await type(root, '.sending input:last-of-type', page);
  root.querySelector('.sending')!.scrollIntoView({ block: 'start' });
  await painted();
};

/** Asks for other settings, and scrolls there: by number, a select's other value, or the age in the field. */
const askWhatIf = async (root: HTMLElement, { flag, age }: { flag?: number; age?: string }) => {
  if (flag !== undefined) {
    const select = root.querySelectorAll<HTMLSelectElement>('.what-if select')[flag]!;
    select.value = select.options[1]!.value;
    select.dispatchEvent(new Event('change', { bubbles: true }));
    await painted();
  }
  if (age !== undefined) await type(root, '.what-if input', age);
  root.querySelector('.what-if')!.scrollIntoView({ block: 'start' });
  await painted();
};

const key = (root: HTMLElement, name: string) =>
  root.querySelector('.panel')!.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true }));

/** Opens the value of a row of the state's tree. */
const openViewer = async (root: HTMLElement, index: number) => {
  root.querySelectorAll<HTMLElement>('.tree tbody tr')[index]!.click();
  await painted();
  root.querySelector<HTMLElement>('.tree .rest button:last-child')!.click();
  await painted();
};

export const STATES: Record<string, PanelState> = {
  timeline: { title: 'Set, get, login, cart, expiry, logout: live', recording: 'everyday' },
  'lost-update': {
    title: 'Two requests at once; the later save writes its older copy back',
    recording: 'lost-update',
    at: '4',
    tab: 'diff',
    base: 'previous',
  },
  findings: { title: 'What the rules found, worst first', recording: 'logout-undone', tab: 'findings' },
  'finding-lost-update': {
    title: 'A lost update: sentence, picture, evidence, fix',
    recording: 'lost-update',
    tab: 'findings',
    prepare: (model) => openFinding(model, 'lost-update'),
  },
  'finding-logout-undone': {
    title: 'A logout undone, as a picture',
    recording: 'logout-undone',
    tab: 'findings',
    prepare: (model) => openFinding(model, 'logout-undone'),
  },
  'finding-redirect': {
    title: 'A redirect before the save, as a picture',
    recording: 'redirect-before-save',
    tab: 'findings',
    prepare: (model) => openFinding(model, 'redirect-before-save'),
  },
  'finding-note': {
    title: 'A note, seen in several requests',
    recording: 'everyday',
    tab: 'findings',
    prepare: (model) => openFinding(model, 'cookie-not-secure'),
  },
  'findings-silenced': {
    title: 'A rule that is silenced, and shown again',
    recording: 'logout-undone',
    tab: 'findings',
    prepare(model) {
      openFinding(model, 'logout-undone');
      model.toggleSilence(model.finding.value!);
      model.showsSilenced.value = true;
    },
  },
  'findings-filtered': {
    title: 'Findings of requests that the filter hides',
    recording: 'lost-update',
    tab: 'findings',
    prepare: (model) => void (model.filterText.value = 'nothing has this'),
  },
  asvs: {
    title: 'The ASVS sheet: what a healthy run of the demo shows',
    recording: 'everyday',
    tab: 'findings',
    prepare: (model) => openSheet(model, '7.2.4', '3.3.1'),
  },
  'asvs-unmet': {
    title: 'A requirement that is not met, with its evidence and its finding',
    recording: 'logout-undone',
    tab: 'findings',
    prepare: (model) => openSheet(model, '7.4.1'),
    act(root) {
      const body = root.querySelector('.tab-body')!;
      body.scrollTop +=
        root.querySelector('.finding-rows > .open')!.getBoundingClientRect().top - body.getBoundingClientRect().top;
    },
  },
  'asvs-gap': {
    title: 'The ASVS sheet of a log that lost its start',
    recording: 'gap',
    tab: 'findings',
    prepare: (model) => openSheet(model),
  },
  'asvs-empty': {
    title: 'The ASVS sheet before any request has ended',
    recording: 'running',
    tab: 'findings',
    feed(model, events) {
      const first = events.find((event) => event.type === 'exchange-started');
      model.receive(events.filter((event) => event.type === 'epoch-started' || event === first));
    },
    prepare: (model) => openSheet(model),
  },
  'why-value': {
    title: 'Why a key has its value: back to the write that made it',
    recording: 'lost-update',
    at: '5',
    tab: 'state',
    prepare: (model) => void (model.selectedPath.value = ['cart']),
  },
  'why-session': {
    title: 'Why a request has another session',
    recording: 'restart',
    at: '4',
    tab: 'exchange',
  },
  lineage: {
    title: 'A key from its first request over the login to the logout',
    recording: 'everyday',
    at: '16',
    tab: 'lineage',
  },
  'lineage-fork': {
    title: 'Sealed cookies: two responses sealed from one',
    recording: 'sealed-fork',
    tab: 'lineage',
  },
  'lineage-ports': {
    title: 'A cookie that another port of the host wrote over',
    recording: 'everyday',
    feed: feedOtherPort,
    at: '5',
    tab: 'lineage',
  },
  'lineage-undone': {
    title: 'A key that was saved again after its logout',
    recording: 'logout-undone',
    tab: 'lineage',
  },
  'lineage-restart': {
    title: 'A key of which a restart took the record',
    recording: 'restart',
    at: '4',
    tab: 'lineage',
  },
  'lineage-clients': {
    title: 'Keys of two clients',
    recording: 'clients',
    at: '1',
    tab: 'lineage',
  },
  'lineage-gap': { title: 'A key whose beginning was not recorded', recording: 'gap', tab: 'lineage' },
  'lineage-none': {
    title: 'A request without a session',
    recording: 'everyday',
    at: '17',
    tab: 'lineage',
  },
  'findings-none': {
    title: 'Nothing was found',
    recording: 'gap',
    tab: 'findings',
  },
  'cookie-not-set': {
    title: 'A cookie that was due and never left: secure over plain http',
    recording: 'cookie-not-set',
    tab: 'cookie',
  },
  'cookie-sent': {
    title: 'Would it be sent? From its own page: yes',
    recording: 'lost-update',
    tab: 'cookie',
    act: (root) => askSending(root, { kind: 'link' }),
  },
  'cookie-not-sent': {
    title: 'Would it be sent? By a form of another site: no',
    recording: 'lost-update',
    tab: 'cookie',
    act: (root) => askSending(root, { kind: 'form-post', page: 'http://localhost:5173/checkout' }),
  },
  'cookie-what-if': {
    title: 'Would it be sent? What if it had SameSite=None: yes',
    recording: 'lost-update',
    tab: 'cookie',
    act: (root) => askSending(root, { kind: 'form-post', page: 'http://localhost:5173/checkout', setWith: 'none' }),
  },
  'cookie-sending-unknown': {
    title: 'Would it be sent? Nobody has seen the cookie: not known',
    recording: 'cookie-not-set',
    tab: 'cookie',
    act: (root) => askSending(root, { kind: 'typed' }),
  },
  'lanes-session': {
    title: 'The line in lanes by session',
    recording: 'clients',
    prepare: (model) => {
      model.lanesBy.value = 'session';
    },
  },
  'lanes-client': {
    title: 'The line in lanes by client',
    recording: 'clients',
    prepare: (model) => {
      model.lanesBy.value = 'client';
    },
  },
  'session-chosen': {
    title: 'One session alone, chosen from those that are recorded',
    recording: 'clients',
    act: async (root) => {
      key(root, 's');
      await painted();
      root.querySelectorAll<HTMLElement>('.menu button')[1]!.click();
      await painted();
      key(root, 's');
      await painted();
    },
  },
  'what-if-rolling': {
    title: 'What if the settings were different? rolling: which responses would set the cookie',
    recording: 'everyday',
    tab: 'cookie',
    act: (root) => askWhatIf(root, { flag: 1 }),
  },
  'what-if-unknown': {
    title: 'What if the settings were different? Some of it is not known, and one field can`t be read',
    recording: 'everyday',
    tab: 'cookie',
    act: (root) => askWhatIf(root, { flag: 2, age: 'an hour' }),
  },
  'what-if-age': {
    title: 'What if the settings were different? A shorter age',
    recording: 'everyday',
    tab: 'cookie',
    act: (root) => askWhatIf(root, { age: '5000' }),
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
  values: { title: 'Values of every kind: cut, redacted, tagged', recording: 'values', tab: 'state' },
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
    title: 'The companion`s own fault, reported and without effect',
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
  polling: { title: 'A proxy buffers the stream', recording: 'everyday', connection: { stream: 'polling' } },
  dropped: {
    title: 'More exchanges than the panel keeps',
    recording: 'everyday',
    maxEvents: 60,
  },
  'store-look': {
    title: 'A page that was loaded before DevTools: the record as it is',
    recording: 'everyday',
    // Nothing was reported of what had happened before.
    feed: () => undefined,
  },
  'store-look-old': {
    title: 'The record as it was read from the store, and what was saved since',
    recording: 'everyday',
    tab: 'state',
    at: '8',
    prepare(model, { events }) {
      const saves = events.filter(
        (event): event is OperationRecorded => event.type === 'operation-recorded' && event.operation === 'save',
      );
      const { session, at, state } = saves.find((save) => save.session === saves.at(-1)!.session)!;
      model.setStoreReading({ session, store: { outcome: 'found', at: at + 1, state: state ?? {} }, memory: [] });
    },
  },
  viewer: {
    title: 'A whole value, with what was found in it',
    recording: 'values',
    tab: 'state',
    async act(root) {
      await openViewer(root, 0);
      await type(root, '.viewer .filter', 'e');
    },
  },
  'viewer-text': {
    title: 'A long text of which the middle was not sent',
    tab: 'state',
    feed: feedEveryTag,
    async act(root) {
      const rows = [...root.querySelectorAll<HTMLElement>('.tree tbody tr')];
      await openViewer(
        root,
        Math.max(
          0,
          rows.findIndex((row) => row.textContent?.includes('KB')),
        ),
      );
    },
  },
  connection: {
    title: 'How the panel is connected, while something is recorded',
    recording: 'clients',
    act: async (root) => {
      root.querySelector<HTMLElement>('.tools .link')!.click();
      await painted();
    },
  },
  suggestions: {
    title: 'What the filter offers',
    recording: 'everyday',
    async act(root) {
      root.querySelector<HTMLElement>('.tools .filter')!.focus();
      await type(root, '.tools .filter', 'key:');
    },
  },
  'no-match-key': {
    title: 'Found: a request and its operation together',
    recording: 'everyday',
    prepare: (model) => void (model.filterText.value = 'post cart'),
  },
  watch: {
    title: 'One key over all requests',
    recording: 'everyday',
    at: '12',
    tab: 'state',
    async act(root) {
      root.querySelector<HTMLElement>('.tree tbody tr')!.click();
      await painted();
      key(root, 'w');
      await painted();
    },
  },
  compared: {
    title: 'Two rows compared by a Shift-click',
    recording: 'everyday',
    at: '4',
    async act(root) {
      const rows = [...root.querySelectorAll<HTMLElement>('.timeline .row.exchange')];
      rows.at(-1)!.dispatchEvent(new MouseEvent('click', { bubbles: true, shiftKey: true }));
      await painted();
    },
  },
  explained: {
    title: 'The tooltips of a row, by keyboard',
    recording: 'everyday',
    at: '6.3',
    act: async (root) => {
      key(root, 'i');
      await painted();
    },
  },
  collapsed: {
    title: 'All closed',
    recording: 'everyday',
    prepare: (model) => model.setAllExpanded(false),
  },
  copied: {
    title: 'Something was copied',
    recording: 'everyday',
    at: '6.3',
    act: async (root) => {
      key(root, 'c');
      await painted();
    },
  },
  noise: { title: 'Static files and 404s in one row', feed: feedNoise },
  'odd-keys': { title: 'Keys that are empty, long, or reorder the row', tab: 'state', feed: feedOddKeys },
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
  listening: { title: 'Connected, nothing recorded yet', connection: { ...ANSWERED, listener: 'ok', stream: 'live' } },
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
  'doctor-listener': {
    title: 'A container, or another machine',
    connection: {
      ...ANSWERED,
      listener: 'unreachable',
      listenerFault: 'http://127.0.0.1:41234 does not answer for this app',
    },
  },
  'doctor-proof': {
    title: 'Nothing proves what this panel may see',
    connection: {
      ...ANSWERED,
      listener: 'ok',
      stream: 'refused',
      streamFault: 'No cookie that this app signed was sent.',
    },
  },
  'doctor-broken': {
    title: 'The server went away before anything was recorded',
    connection: { ...ANSWERED, listener: 'ok', stream: 'broken', streamFault: 'the server ended the stream' },
  },
};

/** Opens the finding of a rule. */
function openFinding(model: PanelModel, rule: string): void {
  model.chooseFinding(model.findings.value.find((finding) => finding.rule.id === rule)?.key);
}

/** Shows the ASVS sheet with these requirements open. */
function openSheet(model: PanelModel, ...open: readonly string[]): void {
  model.findingsView.value = 'sheet';
  for (const id of open) model.toggleRequirement(id);
}

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
