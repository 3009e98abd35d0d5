/** Random programs of requests: the same from the same seed. */
import { createChance, type Chance } from './random.ts';
import type { ValueSpec } from './values.ts';

export const LIBRARIES = [
  'express-memory',
  'express-redis',
  'django-sessions-db',
  'django-sessions-cache',
  'django-sessions-cached_db',
  'django-sessions-file',
  'django-sessions-signed_cookies',
  'django-db',
  'django-cache',
  'django-cached_db',
  'django-signed_cookies',
] as const;
export type Library = (typeof LIBRARIES)[number];
/** As a user counts libraries: the engines of `@sessionscope/django-sessions` share its programs. */
export const GROUPS: Readonly<Record<string, readonly Library[]>> = {
  'express-session on MemoryStore': ['express-memory'],
  'express-session on Redis': ['express-redis'],
  "Django's sessions in TypeScript": LIBRARIES.filter((library) => library.startsWith('django-sessions-')),
  'Django, db': ['django-db'],
  'Django, cache': ['django-cache'],
  'Django, cached_db': ['django-cached_db'],
  'Django, signed_cookies': ['django-signed_cookies'],
};

export type Family = 'express' | 'django-sessions' | 'django';

export const familyOf = (library: Library): Family =>
  library.startsWith('express') ? 'express' : library.startsWith('django-sessions') ? 'django-sessions' : 'django';
export const engineOf = (library: Library): string => library.slice(familyOf(library).length + 1);

/** What a handler does with its session, one after the other. */
export type Act =
  | { act: 'set'; key: string; value: ValueSpec }
  | { act: 'get'; key: string }
  | { act: 'delete'; key: string }
  /** Many keys at once: `m0`, `m1` … */
  | { act: 'fill'; count: number; seed: number }
  /** Inside the value of a key, which the library does not see. Where there is no such value, nothing. */
  | { act: 'change in place'; key: string; seed: number }
  | { act: 'keys' }
  | { act: 'save' }
  /** express-session's `regenerate`, Django's `cycle_key`. */
  | { act: 'new key' }
  /** express-session's `destroy`, Django's `flush`. */
  | { act: 'end session' }
  | { act: 'clear' }
  /** express-session's `reload`; Django's `load`, which leaves the session as it is. */
  | { act: 'reload' }
  | { act: 'touch' }
  /** Seconds. */
  | { act: 'expire in'; seconds: number };

export type Step =
  | { do: 'begin'; request: number; browser: number; server: number }
  | { do: 'act'; request: number; act: Act }
  | { do: 'end'; request: number; status: 200 | 500 }
  /** The browser goes away; the handler goes on. */
  | { do: 'abort'; request: number }
  | { do: 'restart'; server: number }
  | { do: 'wait'; ms: number };

export interface Program {
  library: Library;
  /** What this program was made from. */
  seed: number;
  servers: number;
  settings: Record<string, boolean | number>;
  /** Its browsers drop no cookie by its expiry: as one whose clock is slow. */
  keepsCookies?: boolean;
  /** The panel may ask its browsers' jars what they keep. */
  asksJar?: boolean;
  /** Its second browser blocks cookies. */
  refusesCookies?: boolean;
  steps: Step[];
}

const KEYS = ['a', 'b', 'cart', 'user', 'token', 'password', 'visits'];
const MAX_REQUESTS = 8;
const MAX_ACTS = 5;
const BROWSERS = 2;
const MAX_OPEN = 3;

/** Values that all of a library's stores take; others are made rarely, for then a request fails. */
function makeValue(chance: Chance, library: Library, number: number): ValueSpec {
  const family = familyOf(library);
  const json = (value: unknown): ValueSpec => ({ is: 'json', value });
  return chance.among<() => ValueSpec>([
    [6, () => json(number)],
    [5, () => json(`text ${number}`)],
    [2, () => json(chance.of([null, true, false, '', 0, 1.5]))],
    [5, () => json({ items: [number], note: `n${number}`, count: 1 })],
    [4, () => json([number, `i${number}`, { id: number }])],
    [2, () => json({ name: 'x', apiKey: `secret-${number}`, deep: { a: { b: [number] } } })],
    [2, () => ({ is: 'text', length: chance.of([300, 2_049, 6_000, 20_000]), seed: number })],
    [2, () => ({ is: 'list', length: chance.of([30, 130, 400]), seed: number })],
    [2, () => ({ is: 'record', size: chance.of([20, 120]), seed: number })],
    [family === 'express' ? 2 : 0, () => ({ is: 'map', entries: [['a', number]] })],
    [family === 'express' ? 2 : 0, () => ({ is: 'date', ms: 1_700_000_000_000 + number * 1_000 })],
    [family === 'express' ? 2 : 0, () => ({ is: 'NaN' })],
    [family === 'express' ? 1 : 0, () => ({ is: '-0' })],
    [family === 'express' ? 2 : 0, () => ({ is: 'undefined' })],
    [family === 'express' ? 1 : 0, () => ({ is: 'unstorable' })],
    [
      3,
      () => ({
        is: 'integer keys',
        entries: [
          [12, number],
          [7, 1],
        ],
      }),
    ],
    [1, () => ({ is: 'deep', depth: chance.of([4, 9, 14]), seed: number })],
    [2, () => ({ is: 'tuple', items: [number, 2] })],
    [family === 'django' && library !== 'django-cache' ? 1 : 0, () => ({ is: 'unstorable' })],
  ])();
}

function makeAct(chance: Chance, library: Library, number: number): Act {
  const family = familyOf(library);
  const key = chance.of(KEYS);
  return chance.among<() => Act>([
    [12, () => ({ act: 'set', key, value: makeValue(chance, library, number) })],
    [5, () => ({ act: 'get', key })],
    [3, () => ({ act: 'delete', key })],
    [1, () => ({ act: 'fill', count: chance.of([15, 130]), seed: number })],
    [6, () => ({ act: 'change in place', key, seed: number })],
    [1, () => ({ act: 'keys' })],
    [3, () => ({ act: 'save' })],
    [2, () => ({ act: 'new key' })],
    [1.5, () => ({ act: 'end session' })],
    [family === 'express' ? 0 : 1, () => ({ act: 'clear' })],
    [1, () => ({ act: 'reload' })],
    [1, () => ({ act: 'touch' })],
    [1, () => ({ act: 'expire in', seconds: chance.of([1, 3_600, 86_400]) })],
  ])();
}

export function makeProgram(library: Library, seed: number): Program {
  const chance = createChance(seed);
  const family = familyOf(library);
  const servers = family !== 'django' && chance.below(1) < 0.25 ? 2 : 1;
  const steps: Step[] = [];
  const open: number[] = [];
  /** Have answered, and may write afterwards. */
  const answered: number[] = [];
  let requests = 0;
  let number = seed % 1_000;
  const total = 3 + chance.integer(MAX_REQUESTS - 2);
  const overlaps = chance.below(1) < 0.4;
  const acts = new Map<number, number>();
  const settings = makeSettings(chance, library);
  const isShortLived = settings['maxAge'] === SHORT_LIFE_MS || settings['cookieAge'] === SHORT_LIFE_MS / 1_000;
  /** A program that waits costs as much as ten others. */
  let waits = 1;
  while (requests < total || open.length > 0) {
    number += 1;
    const isOver = requests >= total;
    const request = open.length > 0 ? chance.of(open) : 0;
    const left = acts.get(request) ?? 0;
    if (open.length === 0 || (!isOver && overlaps && open.length < MAX_OPEN && chance.below(1) < 0.25)) {
      if (waits > 0 && open.length === 0 && requests > 0 && chance.below(1) < (isShortLived ? 0.4 : 0.01)) {
        waits -= 1;
        steps.push({ do: 'wait', ms: isShortLived ? SHORT_LIFE_MS + 1_300 : 1_100 });
      }
      if (requests > 0 && chance.below(1) < 0.04) steps.push({ do: 'restart', server: chance.integer(servers) });
      requests += 1;
      open.push(requests);
      acts.set(requests, chance.integer(MAX_ACTS + 1));
      steps.push({
        do: 'begin',
        request: requests,
        browser: chance.integer(BROWSERS),
        server: chance.integer(servers),
      });
    } else if (left > 0) {
      acts.set(request, left - 1);
      steps.push({ do: 'act', request, act: makeAct(chance, library, number) });
    } else if (overlaps && chance.below(1) < 0.06) {
      steps.push({ do: 'abort', request }, { do: 'act', request, act: makeAct(chance, library, number) });
      steps.push({ do: 'end', request, status: 200 });
      open.splice(open.indexOf(request), 1);
    } else {
      steps.push({ do: 'end', request, status: chance.below(1) < 0.08 ? 500 : 200 });
      open.splice(open.indexOf(request), 1);
      answered.push(request);
      if (chance.below(1) < 0.05)
        steps.push(
          { do: 'act', request, act: { act: 'set', key: chance.of(KEYS), value: { is: 'json', value: number } } },
          { do: 'act', request, act: { act: 'save' } },
        );
    }
  }
  const keepsCookies = chance.below(1) < 0.25;
  const asksJar = chance.below(1) < 0.6;
  return { library, seed, servers, settings, keepsCookies, asksJar, refusesCookies: chance.below(1) < 0.1, steps };
}

/** Sessions that end while a program runs. */
const SHORT_LIFE_MS = 2_000;

/** An expiry of all sessions; `unit`: how many of it make a second. */
const makeAge = (chance: Chance, unit: number): number =>
  chance.below(1) < 0.03 ? (SHORT_LIFE_MS / 1_000) * unit : chance.of([60, 86_400, 1_209_600]) * unit;

function makeSettings(chance: Chance, library: Library): Program['settings'] {
  const rarely = (share: number) => chance.below(1) < share;
  if (familyOf(library) !== 'express')
    return { saveEveryRequest: rarely(0.2), expireAtBrowserClose: rarely(0.2), cookieAge: makeAge(chance, 1) };
  return {
    resave: rarely(0.25),
    saveUninitialized: rarely(0.3),
    rolling: rarely(0.25),
    maxAge: chance.below(1) < 0.3 ? 0 : makeAge(chance, 1_000),
    deep: rarely(0.15),
    ...(library === 'express-redis' ? { disableTouch: rarely(0.15) } : {}),
  };
}
