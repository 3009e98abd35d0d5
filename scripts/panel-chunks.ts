/** How the panel is parted into scripts: what it opens with, and what loads after it. */
import { join, sep } from 'node:path';
import type { BuildEnvironmentOptions } from 'vite';

/**
 * These folders only declare. What is imported of their `index.ts` loads with who imports it, without all the rest that
 * it exports.
 */
const DECLARING = ['model', 'protocol', 'transport'].map((folder) => join(import.meta.dirname, '..', folder) + sep);

export const panelChunks: NonNullable<BuildEnvironmentOptions['rolldownOptions']> = {
  treeshake: { moduleSideEffects: (id) => !DECLARING.some((folder) => id.startsWith(folder)) },
};
