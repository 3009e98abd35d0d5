/** h3's sessions as the app gets them: reads and writes of their data are recorded, their methods run as calls. */
import { observeBag } from '../../kit/surfaces/property-bag.ts';
import type { Exchange } from './exchange.ts';
import type { Opened } from './opened.ts';
import type { Manager, RawSession } from './types.ts';

type Data = RawSession['data'];

/** By the library's own, so that the app has one object for one; and the other way round. */
const observedData = new WeakMap<Data, Data>();
const observedSessions = new WeakMap<RawSession, RawSession>();
const plainData = new WeakMap<Data, Data>();

/** `session.data` in the place of the library's own. */
export function exposedData({ observed }: Exchange, { session, raw }: Opened, data: Data): Data {
  // What stands in the place of a session that was cleared belongs to none.
  if (raw.data !== data) return data;
  let exposed = observedData.get(data);
  if (exposed === undefined) {
    exposed = observeBag(data, observed, session, { isData: () => true });
    observedData.set(data, exposed);
    plainData.set(exposed, data);
  }
  return exposed;
}

/** What `getSession` and `updateSession` give. */
export function exposedSession(exchange: Exchange, opened: Opened): RawSession {
  const { raw } = opened;
  let exposed = observedSessions.get(raw);
  if (exposed === undefined) {
    exposed = new Proxy(raw, {
      get(target, key, receiver) {
        const value: unknown = Reflect.get(target, key, receiver === exposed ? target : receiver);
        return key === 'data' && receiver === exposed && isObject(value) ? exposedData(exchange, opened, value) : value;
      },
      set: (target, key, value: unknown, receiver) =>
        Reflect.set(
          target,
          key,
          (isObject(value) && plainData.get(value)) || value,
          receiver === exposed ? target : receiver,
        ),
    });
    observedSessions.set(raw, exposed);
  }
  return exposed;
}

/** `methods`: in the place of the manager's own. `opened`: of the session that the event holds at that time. */
export function exposedManager(
  raw: Manager,
  exchange: Exchange,
  opened: () => Opened | undefined,
  methods: Pick<Manager, 'update' | 'clear'>,
): Manager {
  const exposed: Manager = new Proxy(raw, {
    get(target, key, receiver) {
      const value: unknown = Reflect.get(target, key, receiver === exposed ? target : receiver);
      if (key === 'update' || key === 'clear') return methods[key];
      if (key !== 'data' || !isObject(value)) return value;
      const held = opened();
      return held === undefined ? value : exposedData(exchange, held, value);
    },
  });
  return exposed;
}

const isObject = (value: unknown): value is Data => typeof value === 'object' && value !== null;
