/** `sessionscope/hono`: the companion for hono-sessions. */
export { observe } from './adapters/hono/observe.ts';
export type { CompanionOptions } from './core/options.ts';
