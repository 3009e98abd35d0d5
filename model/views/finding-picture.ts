/** Requests as bars on one clock, with their evidence on them, and what the store held between. */
import type { OperationRecorded } from '../../protocol/index.ts';
import type { Explanation, StoreStretch } from '../findings/rule.ts';
import type { ExchangeRecord } from '../recording/records.ts';
import { markKindOf, type MarkKind } from './bursts.ts';
import { endOf } from '../history/overlap.ts';

export interface PictureMark {
  kind: MarkKind;
  /** Percent. */
  left: number;
  /** Of its evidence, from 1. */
  number: number;
  isDecisive: boolean;
}

export interface PictureLane {
  exchange: ExchangeRecord;
  /** Percent. */
  left: number;
  width: number;
  marks: readonly PictureMark[];
}

export interface Picture {
  /** In order of their begin. */
  lanes: readonly PictureLane[];
  /** Percent each; they fill the whole. */
  store: readonly (StoreStretch & { left: number; width: number; /** ms; absent: of the last. */ lastedMs?: number })[];
  /** Epoch ms. */
  startAt: number;
}

/** Percent left free at both ends, so that marks there are whole, and what the store held at last has room for its words. */
const MARGIN = 2;
const END_MARGIN = 15;

/** `undefined`: there is nothing to draw. */
export function pictureOf({ picture, evidence }: Explanation): Picture | undefined {
  if (picture === undefined) return undefined;
  const exchanges = [...new Set(evidence.map(({ exchange }) => exchange))].sort((a, b) => a.at - b.at || a.seq - b.seq);
  const startAt = Math.min(...exchanges.map(({ at }) => at));
  const endAt = Math.max(
    startAt + 1,
    ...exchanges.map((exchange) => endOf(exchange, 0)),
    ...evidence.map((one) => one.operation?.at ?? 0),
  );
  const place = (at: number) =>
    MARGIN + ((Math.min(Math.max(at, startAt), endAt) - startAt) / (endAt - startAt)) * (100 - MARGIN - END_MARGIN);
  const timeOf = (operation: OperationRecorded, exchange: ExchangeRecord | undefined) =>
    exchange === undefined || operation.offsetMs === undefined ? operation.at : exchange.at + operation.offsetMs;
  const ownerOf = (operation: OperationRecorded) =>
    exchanges.find((exchange) => exchange.operations.includes(operation));
  const lanes = exchanges.map((exchange): PictureLane => {
    const left = place(exchange.at);
    return {
      exchange,
      left,
      width: Math.max(1, place(endOf(exchange, 0)) - left),
      marks: evidence.flatMap((one, index): PictureMark[] =>
        one.exchange === exchange && one.operation !== undefined
          ? [
              {
                kind: markKindOf(one.operation.operation),
                left: place(timeOf(one.operation, exchange)),
                number: index + 1,
                isDecisive: one.isDecisive === true,
              },
            ]
          : [],
      ),
    };
  });
  const times = picture.stretches.map(({ from }) => (from === undefined ? startAt : timeOf(from, ownerOf(from))));
  const store = picture.stretches.map((stretch, index) => {
    const left = index === 0 ? 0 : place(times[index]!);
    const next = times[index + 1];
    return {
      ...stretch,
      left,
      width: Math.max(0, (next === undefined ? 100 : place(next)) - left),
      ...(next === undefined || index === 0 ? {} : { lastedMs: next - times[index]! }),
    };
  });
  return { lanes, store, startAt };
}
