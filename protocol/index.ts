export * from './discovery.ts';
export * from './endpoint-path.ts';
export * from './events.ts';
export * from './limits.ts';
export * from './messages.ts';
export * from './parse.ts';
export * from './values.ts';
export * from './redaction.ts';
