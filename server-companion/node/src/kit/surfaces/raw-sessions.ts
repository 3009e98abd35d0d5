/** By what the app has in their place, the libraries' own sessions. */
const raws = new WeakMap<object, object>();

/** The app gets `given` in the place of `raw`. */
export function exposeAs<Session extends object>(given: Session, raw: Session): Session {
  raws.set(given, raw);
  return given;
}

/** The library's own session in the place of what the app got; anything else as it is. */
export const rawOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? (raws.get(value) ?? value) : value;
