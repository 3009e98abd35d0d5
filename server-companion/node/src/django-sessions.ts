/** `sessionscope/django-sessions`: the companion for `@sessionscope/django-sessions`, on whatever it is mounted. */
export { observe } from './adapters/django-sessions/observe.ts';
export type { CompanionOptions } from './core/options.ts';
