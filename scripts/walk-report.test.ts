import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { PanelRow } from '../tests/browsers/panel-rows.ts';
import { createReport } from './walk-report.ts';

const exchange = (number: number, record: string): PanelRow => ({
  kind: 'exchange',
  number,
  cells: [`GET /${number}`, '', '', record === 'not yet' ? '' : '200', '', record, '', '3 ms'],
});
const operation = (number: number, name: string): PanelRow => ({
  kind: 'operation',
  number,
  cells: ['+1.0', name, '', '', '', 'app.ts:1'],
});

test('a request has its headline before its operations, also while it was running', () => {
  const lines: string[] = [];
  const report = createReport((line) => lines.push(stripVTControlCharacters(line).trim().replaceAll(/\s+/g, ' ')));
  report.row(exchange(1, 'not yet'));
  report.row(operation(1, 'load'));
  report.row(operation(1, 'set'));
  expect(lines).toEqual([]);
  report.row(exchange(1, 'saved'));
  report.row(operation(1, 'save'));
  // The same row again, with other cells, is no second headline.
  report.row(exchange(1, 'saved'));
  report.row(operation(2, 'load'));
  report.flush();
  expect(lines).toEqual([
    '#1 GET /1 200 · record saved · 3 ms',
    '#1 +1.0 load app.ts:1',
    '#1 +1.0 set app.ts:1',
    '#1 +1.0 save app.ts:1',
    '#2 +1.0 load app.ts:1',
  ]);
});
