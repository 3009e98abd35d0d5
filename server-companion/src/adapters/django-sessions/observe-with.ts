/** Puts the observer into the sessions that a factory makes. */
import type { Sessions, SessionsOptions } from '@sessionscope/django-sessions';
import type { Companion } from '../../core/companion.ts';
import { alsoTell } from './app-observer.ts';
import { ObservedSessions } from './observed-sessions.ts';
import { createObserver } from './observer.ts';

/** As `observe`, with a companion of the caller's own: for tests. */
export function observeWith<Factory extends (...args: never[]) => unknown>(
  companion: Companion,
  createSessions: Factory,
): Factory {
  // A proxy keeps name, length and statics without naming them.
  return new Proxy(createSessions, {
    apply(target, self: unknown, args: [SessionsOptions?]) {
      const [options] = args;
      const make = (given: unknown) => Reflect.apply(target, self, [given]) as Sessions;
      // What the framework says of wrong options is its own to say.
      if (typeof options !== 'object' || options === null) return make(options);
      const observed = new ObservedSessions(companion);
      const observer = createObserver(observed);
      const sessions = make({ ...options, observer: alsoTell(observer, options.observer) });
      try {
        observed.attach(sessions);
      } catch (error) {
        companion.faults.note('observe', error);
      }
      return sessions;
    },
  });
}
