/** `sessionscope/better-auth`: the companion for better-auth's sessions. */
export { observe } from './adapters/better-auth/observe.ts';
export type { CompanionOptions } from './core/options.ts';
