/** What the panel shows, as lines of a terminal: a request's headline, then its operations. */
import { styleText } from 'node:util';
import type { PanelRow } from '../tests/browsers/panel-rows.ts';

export interface WalkReport {
  row(row: PanelRow): void;
  /** Prints what still waits for its headline: the request never ended. */
  flush(): void;
}

/** Operations arrive while their request runs: they wait until its headline is known. */
export function createReport(print: (line: string) => void): WalkReport {
  const waiting = new Map<number, string[]>();
  const reported = new Set<number>();
  return {
    row(row) {
      const { number } = row;
      if (row.kind === 'exchange') {
        const line = headlineOf(row);
        if (line === undefined || reported.has(number)) return;
        reported.add(number);
        print(line);
        for (const operation of waiting.get(number) ?? []) print(operation);
        waiting.delete(number);
        return;
      }
      const line = operationOf(row);
      if (line === undefined) return;
      if (reported.has(number)) print(line);
      else waiting.set(number, [...(waiting.get(number) ?? []), line]);
    },
    flush() {
      for (const lines of waiting.values()) lines.forEach(print);
      waiting.clear();
    },
  };
}

const placeOf = (number: number) => styleText('dim', `#${number}`.padStart(5));

/** `undefined`: the request is still running. */
function headlineOf({ number, cells }: PanelRow): string | undefined {
  const [request, changes, , status, session, record, cookie, time] = cells;
  if (record === 'not yet' || status === '') return undefined;
  const facts = [status, session, record && `record ${record}`, cookie && `cookie ${cookie}`, time];
  return `${placeOf(number)}  ${[request, changes].filter(Boolean).join('  ')}  ${styleText('dim', facts.filter(Boolean).join(' · '))}`;
}

function operationOf({ number, cells }: PanelRow): string | undefined {
  const [at = '', operation = '', path, mark, value, source] = cells;
  // The panel's own row for a request that is still running.
  if (at === '') return undefined;
  const labels = [path, mark && `[${mark}]`, value].filter(Boolean).join(' ');
  return `${placeOf(number)}  ${at.padStart(8)}  ${operation.padEnd(10)} ${labels}  ${styleText('dim', source ?? '')}`;
}
