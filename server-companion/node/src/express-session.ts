/** `sessionscope/express-session`: the companion for express-session, on Express 4 and 5. */
export { observe } from './adapters/express-session/observe.ts';
export type { CompanionOptions } from './core/options.ts';
