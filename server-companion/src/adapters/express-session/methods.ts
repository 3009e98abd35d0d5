/** Names of express-session's own members on a session: never data. */
export const COOKIE = 'cookie';

/** Members through which the app asks the library for something: each becomes one operation. */
export const CALLS: ReadonlySet<string> = new Set(['save', 'reload', 'regenerate', 'destroy', 'touch', 'resetMaxAge']);

/** Own but never data: `req` and `id` are hidden properties, `save` and `reload` the library's own wrappers. */
const MEMBERS: ReadonlySet<string> = new Set(['req', 'id', COOKIE, ...CALLS]);

/** What JavaScript itself, loggers and test tools ask any object for: a miss of it is nobody's read. */
const PROBED: ReadonlySet<string> = new Set([
  'then',
  'toJSON',
  'toString',
  'valueOf',
  'inspect',
  'constructor',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'toLocaleString',
  'asymmetricMatch',
  'nodeType',
  '$$typeof',
  '__proto__',
]);

/** Whether a property of a session is data of the app. */
export const isData = (key: string | symbol): key is string => typeof key === 'string' && !MEMBERS.has(key);

/** Whether reading `key`, which is not there, is a read of the app that missed. */
export const isRead = (key: string): boolean => !PROBED.has(key);
