/** `@sessionscope/django-sessions/signed-cookies`: sessions in their cookies. */
export { signedCookieEngine } from '../engines/signed-cookies.ts';
export type { EngineDefinition } from '../engines/engine.ts';
