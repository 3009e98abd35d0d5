/** Names of express-session's own members on a session: never data. */
export const COOKIE = 'cookie';

/** Members through which the app asks the library for something: each becomes one operation. */
export const CALLS: ReadonlySet<string> = new Set(['save', 'reload', 'regenerate', 'destroy', 'touch', 'resetMaxAge']);

/** Own but never data: `req` and `id` are hidden properties, `save` and `reload` the library's own wrappers. */
const MEMBERS: ReadonlySet<string> = new Set(['req', 'id', COOKIE, ...CALLS]);

/** Whether a property of a session is data of the app. */
export const isData = (key: string): boolean => !MEMBERS.has(key);
