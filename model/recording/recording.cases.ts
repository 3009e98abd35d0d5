/** Recordings for tests: events as a companion reports them, with whatever a test does not care about filled in. */
import type {
  EncodedValue,
  EpochStarted,
  ExchangeFinished,
  ExchangeStarted,
  GapOpened,
  OperationName,
  OperationRecorded,
  SessionscopeEvent,
  Verdict,
} from '../../protocol/index.ts';
import { Timeline } from './timeline.ts';
import type { ExchangeRecord } from './records.ts';

/** Names of sessions, so that a test reads `session: ALICE`. */
export const ALICE = 'a11ce0000000';
export const BOB = 'b0b000000000';

/** An exchange id from a small number. */
export const idOf = (number: number): string => number.toString(16).padStart(32, '0');

const QUIET: Verdict = {
  record: { outcome: 'unchanged', reason: 'unmodified', text: 'Nothing changed.' },
  cookie: { outcome: 'none', reason: 'unmodified', text: 'None was due.' },
};

type VerdictParts = { record?: Partial<Verdict['record']>; cookie?: Partial<Verdict['cookie']> };

export const verdictOf = ({ record = {}, cookie = {} }: VerdictParts = {}): Verdict => ({
  record: { ...QUIET.record, ...record },
  cookie: { ...QUIET.cookie, ...cookie },
});

type Fields<T> = Partial<Omit<T, 'type' | 'epoch'>>;

export interface ExchangeBuilder {
  id: string;
  operation(name: OperationName, fields?: Fields<OperationRecorded>): OperationRecorded;
  load(state: EncodedValue, fields?: Fields<OperationRecorded>): OperationRecorded;
  get(key: string, after?: EncodedValue, fields?: Fields<OperationRecorded>): OperationRecorded;
  set(key: string, after: EncodedValue, fields?: Fields<OperationRecorded>): OperationRecorded;
  save(state: EncodedValue, fields?: Fields<OperationRecorded>): OperationRecorded;
  finish(fields?: Fields<Omit<ExchangeFinished, 'verdict'>> & { verdict?: VerdictParts }): ExchangeFinished;
}

/** One epoch's log as it grows: each call appends an event, numbers it, and moves the clock on by a millisecond. */
export function createRecording(epoch = 'epoch00001', startAt = 1_700_000_000_000) {
  const events: SessionscopeEvent[] = [];
  let seq = 0;
  let exchanges = 0;
  let at = startAt;
  const add = <T extends SessionscopeEvent>(event: T): T => {
    events.push(event);
    return event;
  };
  const logged = () => ({ epoch, seq: ++seq, at: at++ });

  return {
    epoch,
    events,
    /** Moves the clock on. */
    wait(ms: number): void {
      at += ms;
    },
    epochStarted(fields: Fields<EpochStarted> = {}): EpochStarted {
      return add({
        type: 'epoch-started',
        app: 'app-app-app',
        project: 'shop',
        runtime: 'node 24.0.0',
        middlewares: [],
        ...logged(),
        ...fields,
      });
    },
    gap(fields: Fields<GapOpened> = {}): GapOpened {
      seq += 3;
      return add({ type: 'gap-opened', epoch, at, fromSeq: seq - 2, seq, count: 3, cause: 'evicted', ...fields });
    },
    /** An operation outside of any exchange. */
    background(name: OperationName, fields: Fields<OperationRecorded> = {}): OperationRecorded {
      return add({
        type: 'operation-recorded',
        exchange: null,
        session: ALICE,
        operation: name,
        call: name,
        actor: 'background',
        ...logged(),
        ...fields,
      });
    },
    fault(exchange: string | null, message = 'a hook failed') {
      return add({ type: 'fault-noted', exchange, where: 'set', message, total: 1, ...logged() });
    },
    start(path = '/', fields: Fields<ExchangeStarted> & { session?: string | null } = {}): ExchangeBuilder {
      exchanges += 1;
      const {
        session = ALICE,
        exchange: id = idOf(exchanges + Number.parseInt(epoch.slice(-1), 36) * 1_000),
        ...own
      } = fields;
      const started = add({
        type: 'exchange-started',
        exchange: id,
        middleware: 0,
        method: 'GET',
        path,
        protocol: 'http',
        cookie: {
          name: 'sid',
          sent: session === null ? 0 : 1,
          ...(session === null ? {} : { fingerprint: session, signature: 'valid' as const }),
        },
        ...logged(),
        ...own,
      });
      const operation: ExchangeBuilder['operation'] = (name, operationFields = {}) =>
        add({
          type: 'operation-recorded',
          exchange: id,
          offsetMs: at - started.at,
          session,
          operation: name,
          call: name,
          actor: name === 'load' || name === 'save' || name === 'touch' ? 'framework' : 'app',
          ...logged(),
          ...operationFields,
        });
      return {
        id,
        operation,
        load: (state, operationFields) => operation('load', { outcome: 'found', state, ...operationFields }),
        get: (key, after, operationFields) =>
          operation('get', {
            path: [key],
            hit: after !== undefined,
            ...(after === undefined ? {} : { after }),
            ...operationFields,
          }),
        set: (key, after, operationFields) => operation('set', { path: [key], after, ...operationFields }),
        save: (state, operationFields) => operation('save', { outcome: 'done', state, ...operationFields }),
        finish: ({ verdict, ...finishFields } = {}) =>
          add({
            type: 'exchange-finished',
            exchange: id,
            status: 200,
            durationMs: at - started.at,
            ending: 'completed',
            sessionBefore: session,
            sessionAfter: session,
            verdict: verdictOf(verdict),
            ...logged(),
            ...finishFields,
          }),
      };
    },
  };
}

/** A timeline that has received all of these events. */
export function timelineOf(events: readonly SessionscopeEvent[]): Timeline {
  const timeline = new Timeline();
  for (const event of events) timeline.receive(event);
  return timeline;
}

/** The first exchange of a timeline, or the one with this id. */
export function exchangeIn(timeline: Timeline, id?: string): ExchangeRecord {
  const found = timeline.items.find(
    (item): item is ExchangeRecord => item.kind === 'exchange' && (id === undefined || item.id === id),
  );
  if (found === undefined) throw new Error('no such exchange');
  return found;
}
