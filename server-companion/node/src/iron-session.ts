/** `sessionscope/iron-session`: the companion for iron-session. */
export { observe } from './adapters/iron-session/observe.ts';
export type { CompanionOptions } from './core/options.ts';
