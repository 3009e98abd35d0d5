/** A session of React Router as the app gets it: its methods, each recorded as it is called. */
import type { LiveData } from '../../kit/known-values.ts';
import type { ObservedSession } from '../../kit/observed-session.ts';
import { type Below, type ExchangeScope, guard } from '../../kit/scope.ts';
import type { Session } from './types.ts';

/** Under which key `flash` keeps what the next `get` consumes. */
const flashKey = (name: string): string => `__flash_${name}__`;

/** The data of a session, read without consuming what was flashed. */
export const dataOf = (session: Session): LiveData => ({
  keys: () => Object.keys(session.data),
  has: (key) => Object.hasOwn(session.data, key),
  get: (key) => session.data[key],
});

type Methods = Pick<Session, 'get' | 'has' | 'set' | 'flash' | 'unset'>;

export function observeSession(raw: Session, scope: ExchangeScope, session: ObservedSession): Session {
  const source = (below: Below) => scope.companion.sources.take(below);
  const recorded = (where: string, record: () => void) => void guard(scope, `session ${where}`, record);
  const methods: Methods = {
    get: function get(name) {
      const { data } = raw;
      const value = raw.get(name);
      recorded('get', () => {
        if (Object.hasOwn(data, name)) session.read(name, value, 'get', source(get));
        else if (Object.hasOwn(data, flashKey(name))) {
          session.read(flashKey(name), value, 'get', source(get));
          session.deleted(flashKey(name), true, 'get', source(get), 'framework');
        } else session.asked(name, false, 'get', source(get));
      });
      return value;
    },
    has: function has(name) {
      const found = raw.has(name);
      recorded('has', () => session.asked(name, found, 'has', source(has)));
      return found;
    },
    set: function set(name, value) {
      raw.set(name, value);
      recorded('set', () => session.wrote(name, value, 'set', source(set)));
    },
    flash: function flash(name, value) {
      raw.flash(name, value);
      recorded('flash', () => session.wrote(flashKey(name), value, 'flash', source(flash)));
    },
    unset: function unset(name) {
      const { data } = raw;
      raw.unset(name);
      recorded('unset', () => {
        session.deleted(name, Object.hasOwn(data, name), 'unset', source(unset));
        if (Object.hasOwn(data, flashKey(name))) session.deleted(flashKey(name), true, 'unset', source(unset));
      });
    },
  };
  const given: Session = new Proxy(raw, {
    get: function get(target, key, receiver) {
      if (receiver !== given) return Reflect.get(target, key, receiver) as unknown;
      if (key === 'data')
        recorded('data', () => session.listed({ call: 'data', actor: 'app', source: source(get) }, true));
      return typeof key === 'string' && Object.hasOwn(methods, key)
        ? methods[key as keyof Methods]
        : (Reflect.get(target, key) as unknown);
    },
  });
  return given;
}
