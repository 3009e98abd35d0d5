/** Where the records of an engine lie, as its options say. */
import type { SessionsOptions } from '@sessionscope/django-sessions';
import type { Middleware } from '../../../../../protocol/index.ts';

/** `undefined`: an engine, a cache or a connection of the app's own. */
export function recordsIn({ engine = 'db', database, cache }: SessionsOptions): Middleware['recordsIn'] {
  if (typeof engine !== 'string') return undefined;
  switch (engine) {
    case 'signed_cookies':
      return 'cookie';
    case 'file':
      return 'outside';
    case 'cache':
      if (cache?.store !== undefined) return undefined;
      return cache?.client === undefined && cache?.url?.startsWith('locmem:') === true ? 'process' : 'outside';
    default:
      if (database !== undefined && typeof database !== 'string') return undefined;
      return database === ':memory:' ? 'process' : 'outside';
  }
}
