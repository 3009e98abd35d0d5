/** What `sessionscope/register` has put in a library's place, so that an `observe` by hand takes what was there. */

const PLACE = Symbol.for('sessionscope.registered');

type Holder = { [PLACE]?: WeakMap<object, unknown> };

/** Of the whole process: the module systems of an app may each have a copy of this file. */
const registered = (): WeakMap<object, unknown> => ((globalThis as Holder)[PLACE] ??= new WeakMap());

/** Says that `observed` stands where the library had `bare`. */
export const noteRegistered = (observed: object, bare: object): void => void registered().set(observed, bare);

/** The library's own function, where `sessionscope/register` observes it already. */
export const bareOf = <T extends object>(factory: T): T => (registered().get(factory) as T | undefined) ?? factory;
