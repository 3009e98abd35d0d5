import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { sessionJson } from '../../tests/session-data.ts';
import { readSessionJson } from './json-read.ts';
import { isPlainJson } from './json-scan.ts';
import { writeSessionJson } from './json-write.ts';

const isPlain = (text: string, maxDepth = 100) => isPlainJson(Buffer.from(text), maxDepth);

test.each([
  '{}',
  '{"a":1,"b":[0,-1,1.5,-0.5,0.001],"c":"x"}',
  '{"version":"1.0","hash":"12e3f","id":"12345678901234567890","minus":"-0"}',
  '{"escaped\\"":"1\\\\","n":123456789012345}',
  '{"a" : 10 , "b" :\t[ 1 ]}',
  '{"1a":1,"-1":2,"":3}',
])('%s is for JSON.parse', (text) => {
  expect(isPlain(text)).toBe(true);
});

test.each([
  '{"a":1.0}',
  '{"a":[2.50,3.00]}',
  '{"a":1e3}',
  '{"a":1.5E-7}',
  '{"a":-0}',
  '{"a":-0.0}',
  '{"a":-0 }',
  '{"a":1234567890123456}',
  '{"a":{"10":1,"b":2}}',
  '{"10" :1}',
  `{"a":${'['.repeat(5)}`,
])('%s is not', (text) => {
  expect(isPlain(text, 5)).toBe(false);
});

test('text that ends anywhere is looked at to its end and no further', () => {
  fc.assert(
    fc.property(sessionJson, fc.nat(200), (text, end) => {
      expect(typeof isPlain(text.slice(0, end))).toBe('boolean');
    }),
  );
});

test('what it lets through, JSON.parse reads as the slow way would', () => {
  fc.assert(
    fc.property(sessionJson, (text) => {
      fc.pre(text !== '{}' && isPlain(text));
      // One with an exponent takes the slow way and says the same of the rest.
      const slow = readSessionJson(Buffer.from(`{"of this test alone":1e0,${text.slice(1)}`));
      slow.delete('of this test alone');
      expect(writeSessionJson(readSessionJson(Buffer.from(text)))).toBe(writeSessionJson(slow));
    }),
    { numRuns: 500 },
  );
});
