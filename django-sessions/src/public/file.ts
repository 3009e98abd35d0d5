/** `@sessionscope/django-sessions/file`: sessions in files. */
export { fileEngine, type FileEngineOptions } from '../engines/file.ts';
export type { EngineDefinition } from '../engines/engine.ts';
