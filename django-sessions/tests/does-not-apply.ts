import { test } from 'vitest';

/**
 * A test that is left out where what is tested is made otherwise: its name then says why. `npm test` reports such a test
 * from one that could not be run for want of a service.
 */
export const unless =
  (reason: string | false) =>
  (name: string, run: () => Promise<void> | void): void => {
    if (reason === false) test(name, run);
    else test.skip(`${name} (does not apply: ${reason})`, run);
  };
