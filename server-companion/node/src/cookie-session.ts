/** `sessionscope/cookie-session`: the companion for cookie-session. */
export { observe } from './adapters/cookie-session/observe.ts';
export type { CompanionOptions } from './core/options.ts';
