/** Recordings for tests of the lineage, and what is drawn of them, as text. */
import { line, setCookie, type Stage } from '../findings/rule.cases.ts';
import { requestsIn } from '../history/session-requests.ts';
import { sentenceText } from '../labels/finding-labels.ts';
import { ALICE, BOB, type ExchangeBuilder } from '../recording/recording.cases.ts';
import { type ExchangeRecord, isOfThisTab } from '../recording/records.ts';
import { Timeline } from '../recording/timeline.ts';
import { type LineageRow, type LineageView, lineageView } from './lineage-view.ts';

export const CAROL = 'ca201000c0de';
export const set = { cookie: setCookie() };
export const dropped = { cookie: { ...setCookie(), outcome: 'expired' as never } };

export function viewOf(stage: Stage, number?: number): LineageView | undefined {
  const timeline = new Timeline();
  for (const event of stage.events) timeline.receive(event);
  for (const response of stage.responses) timeline.see(response);
  const { items } = timeline;
  const exchange = items.findLast(
    (item): item is ExchangeRecord => item.kind === 'exchange' && (number === undefined || item.number === number),
  )!;
  return lineageView(items, requestsIn(items), exchange, {
    tabOf: (request) => (isOfThisTab(request) ? 'this tab' : undefined),
  });
}

export const numbers = (requests: readonly ExchangeRecord[]) => requests.map(({ number }) => `#${number}`).join(' ');

export const rowText = ({ session, text, note, brought, set: again, place }: LineageRow) =>
  [
    session?.slice(0, 4) ?? '–',
    sentenceText(text),
    numbers(brought),
    again.length > 0 && brought.length > 0 ? `set ${numbers(again)}` : numbers(again),
    note === undefined ? '' : `(${sentenceText(note)})`,
    place === undefined ? '' : `[${place}]`,
  ]
    .filter((part) => part !== '')
    .join(' ');

export const rows = (stage: Stage, number?: number): string[] => viewOf(stage, number)?.rows.map(rowText) ?? [];
/** Each row's lane, `>` where it branched off from another. */
export const lanes = (stage: Stage): string =>
  viewOf(stage)!
    .rows.map(({ rails }) => `${rails.from === undefined ? '' : `${rails.from}>`}${rails.lane ?? '–'}`)
    .join(' ');

/** A visitor's first request, which makes ALICE. */
export function first(stage: Stage, fields: object = {}): ExchangeBuilder {
  const get = stage.start('/', { session: null, ...fields });
  get.operation('create', { session: ALICE, state: {} });
  get.save({ a: 1 }, { session: ALICE });
  get.finish({ sessionAfter: ALICE, verdict: set });
  return get;
}

export function login(stage: Stage, { path = '/login', from = ALICE, to = BOB } = {}): ExchangeBuilder {
  const post = stage.start(path, { method: 'POST', session: from });
  post.load({ a: 1 });
  post.operation('cycle-key', {
    call: 'regenerate',
    session: to,
    from,
    to,
    outcome: 'done',
    state: {},
    ...line('login.ts', 7),
  });
  post.set('user', 'ann', { session: to });
  post.save({ user: 'ann' }, { session: to });
  post.finish({ sessionAfter: to, verdict: set });
  return post;
}

export function logout(stage: Stage, session = BOB): ExchangeBuilder {
  const post = stage.start('/logout', { method: 'POST', session });
  post.load({ user: 'ann' });
  post.operation('flush', { call: 'destroy', from: session, to: null, outcome: 'done' });
  post.finish({ sessionAfter: null, verdict: dropped });
  return post;
}

export const get = (stage: Stage, path = '/page', session = BOB, state: object = { user: 'ann' }) => {
  const request = stage.start(path, { session });
  request.load(state as never);
  request.finish();
  return request;
};

export function sealed(stage: Stage, path: string, from: string, to: string | undefined, during?: () => void): void {
  const request = stage.start(path, { session: from, method: 'POST' });
  request.load({ cart: 1 }, { layer: 'cookie' });
  during?.();
  if (to !== undefined) request.save({ cart: 2 }, { from, to, session: to });
  request.finish({ sessionAfter: to ?? from, verdict: to === undefined ? {} : set });
}
