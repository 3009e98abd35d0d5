import { expect, test } from 'vitest';
import type { OperationRecorded } from '../../protocol/index.ts';
import { operationName } from './operation-name.ts';

const named = (operation: OperationRecorded['operation'], call: string) =>
  operationName({ operation, call } as OperationRecorded);

test.each([
  ['cycle-key', 'regenerate', 'regenerate'],
  ['cycle-key', 'cycle_key', 'cycle_key'],
  ['flush', 'destroy', 'destroy'],
  ['flush', 'flush', 'flush'],
  ['set-expiry', 'cookie.maxAge=', 'cookie.maxAge='],
  ['set', 'nested change', 'set'],
  ['get', 'pop', 'get'],
  ['load', 'session', 'load'],
  ['save', 'end', 'save'],
] as const)('%s by %s reads %s, and the tooltip has the word of the wire', (operation, call, text) => {
  expect(named(operation, call)).toEqual({
    text,
    title: operation === call ? operation : `${operation} (${call})`,
  });
});
