/** `sessionscope/fastify-secure-session`: the companion for @fastify/secure-session. */
export { observe } from './adapters/fastify-secure-session/observe.ts';
export type { CompanionOptions } from './core/options.ts';
