/** Puts the observer into the sessions that a factory makes. */
import type { Sessions, SessionsOptions } from '@sessionscope/django-sessions';
import type { Companion } from '../../core/companion.ts';
import { hasRoom } from '../../kit/registrations.ts';
import { withAppObserver } from './app-observer.ts';
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
      if (typeof options !== 'object' || options === null || !hasRoom(companion)) return make(options);
      const observed = new ObservedSessions(companion, options.serializer === undefined);
      const observer = createObserver(observed);
      const sessions = make({ ...options, observer: withAppObserver(observer, options.observer) });
      try {
        observed.attach(sessions, options);
      } catch (error) {
        companion.faults.note('observe', error);
      }
      return sessions;
    },
  });
}
