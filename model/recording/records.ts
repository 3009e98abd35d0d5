/** What a recording is made of: requests with their operations, restarts, gaps. */
import type {
  EpochStarted,
  ExchangeFinished,
  ExchangeStarted,
  FaultNoted,
  GapOpened,
  OperationRecorded,
} from '../../protocol/index.ts';
import type { ServerLife } from './epochs.ts';
import type { HarExchange } from './har.ts';

/** Which of an operation's values. */
export type ValuePart = 'before' | 'after' | 'state' | 'stored';
export const VALUE_PARTS = ['before', 'after', 'state', 'stored'] as const;

/** One request, as far as it is known. */
export interface ExchangeRecord {
  kind: 'exchange';
  /** Exchange id; for operations without an exchange, `background:` and the first sequence number. */
  id: string;
  epoch: string;
  /** Of its first event known: its place in the order. */
  seq: number;
  /** Epoch ms. */
  at: number;
  /** Place among the exchanges of all servers: `at`, made to follow the order of its own epoch. */
  orderAt: number;
  /** From 1, in order, since the recording began; 0: DevTools' own, which is not counted. */
  number: number;
  /** The server that ran it. */
  life: ServerLife;
  started?: ExchangeStarted;
  /** By sequence number. */
  operations: OperationRecorded[];
  finished?: ExchangeFinished;
  faults: FaultNoted[];
  har?: HarExchange;
  /** The inspected page lists it as its own, and DevTools did not report it. */
  isOwn?: boolean;
  /** The server that ran it is gone, and how it ended was never reported. */
  isCutOff?: boolean;
  /** Grows with each change: what was derived from it is stale. */
  version: number;
}

/** The inspected tab sent it, for sure. */
export const isOfThisTab = ({ har, isOwn }: ExchangeRecord): boolean => har !== undefined || isOwn === true;

/** Begun, not ended, and its server is there, as far as is known. */
export const isRunning = ({ started, finished, isCutOff }: ExchangeRecord): boolean =>
  finished === undefined && started !== undefined && isCutOff !== true;

/** Not known to have been run by two processes: within one, the same index names the same middleware. */
export function isOfOneProcess(a: ExchangeRecord, b: ExchangeRecord): boolean {
  if (a.epoch !== b.epoch) return false;
  const [one, other] = [a.started?.process, b.started?.process];
  return one === undefined || other === undefined || one === other;
}

export interface GapRecord {
  kind: 'gap';
  epoch: string;
  seq: number;
  at: number;
  orderAt: number;
  gap: GapOpened;
}

export interface EpochRecord {
  kind: 'epoch';
  epoch: string;
  seq: number;
  at: number;
  orderAt: number;
  started: EpochStarted;
  /** It took the place of an earlier one of this recording: the server was restarted. */
  isRestart: boolean;
}

export type TimelineItem = ExchangeRecord | GapRecord | EpochRecord;

/** Where an item stands; of a request, which process ran it decides too. */
export type ItemPosition = TimelineItem | Pick<GapRecord, 'epoch' | 'seq' | 'orderAt'>;
