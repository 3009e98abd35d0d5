import { expect, test } from 'vitest';
import { activationOf, isEnabled, startLine } from './activation.ts';

test.each([
  ['development', 'on'],
  [' Development\n', 'on'],
  [undefined, 'local'],
  ['', 'local'],
  ['  ', 'local'],
  ['production', 'off'],
  ['production ', 'off'],
  ['Production', 'off'],
  ['prod', 'off'],
  ['staging', 'off'],
  ['test', 'off'],
  ['dev', 'off'],
] as const)('NODE_ENV %j: %s', (mode, activation) => {
  const env = mode === undefined ? {} : { NODE_ENV: mode };
  expect(activationOf({}, env)).toBe(activation);
  expect(isEnabled(undefined, env)).toBe(activation !== 'off');
  // The option decides where it is given.
  expect(activationOf({ enabled: true }, env)).toBe('on');
  expect(activationOf({ enabled: false }, env)).toBe('off');
});

const DEVELOPMENT = { NODE_ENV: 'development' };
const NOTHING_YET = { libraries: [], isTerminal: false };

test('what is said at start names what is observed, the reason, and in a terminal how to continue', () => {
  expect(startLine('local', {}, NOTHING_YET, {})).toBe(
    'Sessionscope is on for requests to localhost, because NODE_ENV is not set (production turns it off).',
  );
  const facts = { libraries: ['express-session', 'cookie-session'], isTerminal: true };
  expect(startLine('on', {}, facts, DEVELOPMENT)).toBe(
    'Sessionscope observes express-session and cookie-session, because NODE_ENV is development. ' +
      'Open DevTools on your page and choose Sessions, or run: npx sessionscope open <url>',
  );
  expect(startLine('on', { enabled: true }, NOTHING_YET, {})).toContain('`enabled: true` is set');
});

test('quiet says nothing, by option or variable; but that it is on where NODE_ENV would have it off is always said', () => {
  expect(startLine('on', { quiet: true }, NOTHING_YET, DEVELOPMENT)).toBeUndefined();
  expect(startLine('local', {}, NOTHING_YET, { SESSIONSCOPE_QUIET: '1' })).toBeUndefined();
  expect(startLine('local', { quiet: false }, NOTHING_YET, { SESSIONSCOPE_QUIET: '1' })).toBeDefined();
  expect(startLine('on', { quiet: true, enabled: true }, NOTHING_YET, { NODE_ENV: 'production' })).toContain('is on');
});
