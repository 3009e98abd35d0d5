/** `sessionscope/react-router`: the companion for React Router's session storages. */
export { observe } from './adapters/react-router/observe.ts';
export type { CompanionOptions } from './core/options.ts';
