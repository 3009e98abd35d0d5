/** The app may have an observer of its own: both are notified, and neither notices the other. */
import type { ExchangeObserver, SessionObserver } from '@sessionscope/django-sessions';

/** Notifies `ours` and, where there is one, the app's. */
export function withAppObserver(ours: SessionObserver, apps: SessionObserver | undefined): SessionObserver {
  if (apps === undefined) return ours;
  const background = both(ours.background, apps.background);
  return {
    intercept: (...args) => guard(() => ours.intercept?.(...args)) === true || apps.intercept?.(...args) === true,
    interceptFetch: (...args) => guard(() => ours.interceptFetch?.(...args)) ?? apps.interceptFetch?.(...args),
    exchange: (facts) =>
      both(
        guard(() => ours.exchange?.(facts)),
        guard(() => apps.exchange?.(facts)),
      ),
    ...(background === undefined ? {} : { background }),
  };
}

function guard<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}

function both(ours: ExchangeObserver | undefined, apps: ExchangeObserver | undefined): ExchangeObserver | undefined {
  if (ours === undefined || apps === undefined) return ours ?? apps;
  return {
    operation({ mark, ...operation }) {
      const [ourMark, appsMark] = (mark ?? []) as [unknown?, unknown?];
      guard(() => ours.operation({ ...operation, mark: ourMark }));
      guard(() => apps.operation({ ...operation, mark: appsMark }));
    },
    mark: (...args) => [guard(() => ours.mark?.(...args)), guard(() => apps.mark?.(...args))],
    recorded(session) {
      guard(() => ours.recorded?.(session));
      guard(() => apps.recorded?.(session));
    },
    finished(verdict) {
      guard(() => ours.finished?.(verdict));
      guard(() => apps.finished?.(verdict));
    },
    run: (next) => {
      const inner = () => (apps.run === undefined ? next() : apps.run(next));
      return ours.run === undefined ? inner() : ours.run(inner);
    },
  };
}
