/** A session of hono-sessions as the app gets it: its methods, each recorded as it is called. */
import type { Source } from '../../../../../protocol/index.ts';
import type { ObservedSession } from '../../kit/observed-session.ts';
import { type Below, type ExchangeScope, guard } from '../../kit/scope.ts';
import { endOf } from './library.ts';
import type { Session } from './types.ts';

type Methods = Pick<
  Session,
  'get' | 'set' | 'forget' | 'flash' | 'touch' | 'reupSession' | 'setExpiration' | 'getCache' | 'deleteSession'
>;

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** `ends`: the app has asked for the end of the session. */
export function observeSession(
  raw: Session,
  scope: ExchangeScope,
  session: ObservedSession,
  ends: (source: Source) => void,
): Session {
  const source = (below: Below) => scope.companion.sources.take(below);
  const recorded = (where: string, record: () => void) => void guard(scope, `session ${where}`, record);
  const { data } = session;
  const expiry = () => ({ sessionAt: endOf(raw.getCache()) });

  const methods: Methods = {
    get(key) {
      const had = data.has(key);
      const value = raw.get(key);
      recorded('get', () => {
        if (!had) return session.asked(key, false, 'get', source(methods.get));
        session.read(key, value, 'get', source(methods.get));
        // What was flashed is consumed by its first read.
        if (!data.has(key)) session.deleted(key, true, 'get', source(methods.get), 'framework');
      });
      return value;
    },
    set(key, value) {
      raw.set(key, value);
      recorded('set', () => session.wrote(key, value, 'set', source(methods.set)));
    },
    forget(key) {
      const had = data.has(key);
      raw.forget(key);
      recorded('forget', () => session.deleted(key, had, 'forget', source(methods.forget)));
    },
    flash(key, value) {
      raw.flash(key, value);
      recorded('flash', () => session.wrote(key, value, 'flash', source(methods.flash)));
    },
    touch() {
      raw.touch();
      recorded('touch', () =>
        session.record({
          operation: 'touch',
          call: 'touch',
          actor: 'app',
          source: source(methods.touch),
          expiry: expiry(),
        }),
      );
    },
    reupSession() {
      raw.reupSession();
      recorded('reupSession', () => moved('reupSession', methods.reupSession));
    },
    setExpiration(expiration) {
      raw.setExpiration(expiration);
      recorded('setExpiration', () => moved('setExpiration', methods.setExpiration));
    },
    getCache() {
      const cache = raw.getCache();
      recorded('getCache', () =>
        session.listed({ call: 'getCache', actor: 'app', source: source(methods.getCache) }, true),
      );
      return cache;
    },
    deleteSession() {
      recorded('deleteSession', () => session.checkpoint());
      raw.deleteSession();
      recorded('deleteSession', () => ends(source(methods.deleteSession)));
    },
  };
  const moved = (call: string, below: Below): void =>
    void session.record({ operation: 'set-expiry', call, actor: 'app', source: source(below), expiry: expiry() });

  const observed = new Map<string, unknown>();
  const given: Session = new Proxy(raw, {
    get(target, key, receiver) {
      const value: unknown = Reflect.get(target, key, target);
      if (receiver !== given || typeof key !== 'string' || !Object.hasOwn(methods, key)) return value;
      if (!observed.has(key)) observed.set(key, methodOf(value as Method, methods[key as keyof Methods] as Method));
      return observed.get(key);
    },
  });
  /** One function for one method, with its name and length. Without its session it fails as the library's own. */
  const methodOf = (method: Method, recording: Method): Method =>
    new Proxy(method, {
      apply: (target, self: unknown, args: unknown[]) => Reflect.apply(self === given ? recording : target, self, args),
    });
  return given;
}
