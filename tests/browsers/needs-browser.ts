import { describe } from 'vitest';
import { type BrowserName, findBrowser } from '../../scripts/browsers.ts';

/**
 * `describe` for tests in a real browser: skipped, and so reported at the end, where there is none. Where
 * SESSIONSCOPE_REQUIRE_BROWSERS=1 they run and fail.
 */
export const describeIn = (browser: BrowserName) =>
  describe.skipIf(findBrowser(browser) === undefined && process.env['SESSIONSCOPE_REQUIRE_BROWSERS'] !== '1');
