/** `sessionscope/koa-session`: the companion for koa-session. */
export { observe } from './adapters/koa-session/observe.ts';
export type { CompanionOptions } from './core/options.ts';
