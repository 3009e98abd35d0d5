/** `@sessionscope/django-sessions/core`: `createSessions` without the named engines, for a bundle with one of them. */
export { type CoreOptions, createSessions, type Sessions } from '../core.ts';
export type { RecordReading } from '../record-reading.ts';
export type { Engine, EngineDefinition, ListedSession } from '../engines/engine.ts';
export * from '../errors.ts';
export type { AnyData } from '../data-types.ts';
export { type ExpiryQuestion, Session } from '../session.ts';
