import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { djangoPython } from '../../tests/python.ts';
import { readCookie } from './request-cookie.ts';

test.each([
  [undefined, undefined],
  ['', undefined],
  ['other=1', undefined],
  ['sessionid=abc', 'abc'],
  ['a=b;sessionid=abc;c=d', 'abc'],
  ['sessionid=', ''],
  ['sessionid=first; sessionid=last', 'last'],
  ['sessionid="quo\\"ted"', 'quo"ted'],
  ['sessionid="\\101"', 'A'],
  ['xsessionid=abc', undefined],
  ['sessionid', undefined],
  ['sessionid=a=b', 'a=b'],
])('%j gives %j', (header, wanted) => {
  expect(readCookie(header, 'sessionid')).toBe(wanted);
});

const python = djangoPython('52');
test.skipIf(python === undefined)('reads any header as Django does', () => {
  const part = fc.constantFrom('sessionid', '=', ';', ' ', '"', '\\', '101', '\\"', 'abc', 'a', ',', 'sessionid=x');
  const headers = fc.sample(
    fc.array(part, { maxLength: 12 }).map((parts) => parts.join('')),
    { numRuns: 2_000, seed: 7 },
  );
  const script = `
import json, sys
from django.http import parse_cookie
print(json.dumps([parse_cookie(header).get("sessionid") for header in json.load(sys.stdin)]))
`;
  const wanted = JSON.parse(
    execFileSync(python!, ['-c', script], { input: JSON.stringify(headers), encoding: 'utf8' }),
  ) as (string | null)[];
  headers.forEach((header, index) => {
    expect([header, readCookie(header, 'sessionid') ?? null]).toEqual([header, wanted[index]]);
  });
});
