/**
 * A session of @fastify/secure-session as the app gets it, over the library's own proxy: its methods and its properties,
 * each recorded as it is called. What that proxy does not trap (`delete`, `in`, `Object.keys`) reaches no data there, and
 * is recorded as what it is: a question.
 */
import type { Source } from '../../../../../protocol/index.ts';
import type { ObservedSession } from '../../kit/observed-session.ts';
import { type Below, type ExchangeScope, guard } from '../../kit/scope.ts';
import { PROBED } from '../../kit/surfaces/property-bag.ts';
import { isData } from './library.ts';
import type { SessionLike } from './types.ts';

/** What the exchange must know of, beside what is recorded. */
export interface SessionUses {
  /** The app has asked for a save: the library sets the cookie. */
  asksToSave(): void;
  /** `delete session.k`, which deletes nothing. */
  deletesNothing(): void;
  /** `session.options(…)`. */
  setsOptions(options: { maxAge?: number; expires?: Date } | null | undefined, source: Source): void;
  /** `session.touch()`, `session.changed = true`. */
  touches(call: string, source: Source): void;
  /** `session.delete()`, `session.deleted = true`. */
  ends(call: string, source: Source): void;
  /** `session.regenerate(kept)` has run; `before`: the data until then. */
  clears(removed: readonly string[], source: Source): void;
}

type Methods = Pick<SessionLike, 'get' | 'set' | 'delete' | 'options' | 'data' | 'touch' | 'regenerate'>;

export function observeSession(
  raw: SessionLike,
  scope: ExchangeScope,
  session: ObservedSession,
  uses: SessionUses,
): SessionLike {
  const source = (below: Below) => scope.companion.sources.take(below);
  const recorded = (where: string, record: () => void) => void guard(scope, `session ${where}`, record);
  const { data } = session;

  const read = (key: string, below: Below): unknown => {
    const value = raw.get(key);
    if (isData(key) && !PROBED.has(key))
      recorded('get', () => {
        if (data.has(key)) session.read(key, data.get(key), 'get', source(below));
        else session.asked(key, false, 'get', source(below));
      });
    return value;
  };
  const wrote = (key: string, value: unknown, below: Below): void =>
    recorded('set', () => {
      uses.asksToSave();
      if (isData(key)) session.wrote(key, value, 'set', source(below));
    });

  const methods: Methods = {
    get(key) {
      return read(key, methods.get);
    },
    set(key, value) {
      raw.set(key, value);
      wrote(key, value, methods.set);
    },
    delete() {
      recorded('delete', () => session.checkpoint());
      raw.delete();
      recorded('delete', () => uses.ends('delete', source(methods.delete)));
    },
    options(options) {
      raw.options(options);
      recorded('options', () => uses.setsOptions(options, source(methods.options)));
    },
    data() {
      const copy = raw.data();
      recorded('data', () => session.listed({ call: 'data', actor: 'app', source: source(methods.data) }, true));
      return copy;
    },
    touch() {
      raw.touch();
      recorded('touch', () => uses.touches('touch', source(methods.touch)));
    },
    regenerate(kept) {
      const before = guard(scope, 'session regenerate', () => (session.checkpoint(), [...data.keys()])) ?? [];
      raw.regenerate(kept);
      recorded('regenerate', () =>
        uses.clears(
          before.filter((key) => !data.has(key)),
          source(methods.regenerate),
        ),
      );
    },
  };
  const isOfApp = (key: string | symbol): key is string => typeof key === 'string' && !scope.isLibraryRunning;

  return new Proxy(raw, {
    get: function get(target, key) {
      if (!isOfApp(key)) return Reflect.get(target, key) as unknown;
      if (Object.hasOwn(methods, key)) return methods[key as keyof Methods];
      // A member of the library's, or of every object.
      return key in target ? (Reflect.get(target, key) as unknown) : read(key, get);
    },
    set: function set(target, key, value) {
      const isMember = Object.hasOwn(target, key);
      const done = Reflect.set(target, key, value);
      if (!isOfApp(key)) return done;
      if (!isMember) wrote(key, value, set);
      else if (value && key === 'changed') recorded('changed', () => uses.touches('changed=', source(set)));
      else if (value && key === 'deleted') recorded('deleted', () => uses.ends('deleted=', source(set)));
      return done;
    },
    deleteProperty: function deleteProperty(target, key) {
      const isMember = Object.hasOwn(target, key);
      const done = Reflect.deleteProperty(target, key);
      if (isOfApp(key) && !isMember)
        recorded('delete', () => {
          uses.deletesNothing();
          session.asked(key, data.has(key), 'delete', source(deleteProperty));
        });
      return done;
    },
    has: function has(target, key) {
      const found = Reflect.has(target, key);
      if (isOfApp(key)) recorded('in', () => session.asked(key, found, 'in', source(has)));
      return found;
    },
    ownKeys: function ownKeys(target) {
      const keys = Reflect.ownKeys(target);
      if (!scope.isLibraryRunning)
        recorded('keys', () => session.listed({ call: 'keys', actor: 'app', keys: 0, source: source(ownKeys) }, false));
      return keys;
    },
  });
}
