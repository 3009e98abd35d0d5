/** `sessionscope/h3`: the companion for the sessions of h3. */
export { observe } from './adapters/h3/observe.ts';
export type { CompanionOptions } from './core/options.ts';
