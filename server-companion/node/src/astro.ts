/** `sessionscope/astro`: the companion for Astro's sessions. */
export { observe } from './adapters/astro/observe.ts';
export type { CompanionOptions } from './core/options.ts';
