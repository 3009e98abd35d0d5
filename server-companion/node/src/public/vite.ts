/**
 * `sessionscope/vite`, as it is published: the Sessions panel beside a Vite dev server, for a browser without the
 * extension. `plugins: [sessionscope({ app: 'http://localhost:3000' })]`.
 */
import type { Plugin } from 'vite';
import { createPlugin, type ViteOptions } from '../cli/ui/vite-plugin.ts';

export type { ViteOptions };

/** Prints a link that opens the panel once, as `npx sessionscope ui` does. In a build it does nothing. */
export function sessionscope(options: ViteOptions = {}): Plugin {
  return createPlugin(options);
}
