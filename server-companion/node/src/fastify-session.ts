/** `sessionscope/fastify-session`: the companion for @fastify/session. */
export { observe } from './adapters/fastify-session/observe.ts';
export type { CompanionOptions } from './core/options.ts';
