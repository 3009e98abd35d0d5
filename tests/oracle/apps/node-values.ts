/** What an app under test in Node makes of a program's values, and how it reports what is in its memory. */
import { createRequire } from 'node:module';
import { types } from 'node:util';
import type { Dump, ValueSpec } from '../values.ts';

/** What stands behind a `Proxy`, without asking it: Node's own, with `--expose-internals`. */
const { getProxyDetails } = (
  createRequire(import.meta.url)('internal/test/binding') as {
    internalBinding(name: 'util'): { getProxyDetails(value: object, withHandler: boolean): [object, object] };
  }
).internalBinding('util');

export function bareOf<T>(value: T): T {
  let bare: unknown = value;
  while (types.isProxy(bare)) [bare] = getProxyDetails(bare as object, true);
  return bare as T;
}

/** A text of letters that differs for each seed, and is not compressible to nothing. */
function textOf(length: number, seed: number): string {
  let text = '';
  for (let at = 0; text.length < length; at++) text += `${((seed + at) * 2_654_435_761) % 4_294_967_291}-`;
  return text.slice(0, length);
}

export function make(spec: ValueSpec): unknown {
  switch (spec.is) {
    case 'json':
      return structuredClone(spec.value);
    case 'undefined':
      return undefined;
    case 'NaN':
      return Number.NaN;
    case '-0':
      return -0;
    case 'date':
      return new Date(spec.ms);
    case 'map':
      return new Map(spec.entries);
    case 'integer keys':
      return Object.fromEntries(spec.entries);
    case 'tuple':
      return [...spec.items];
    case 'unstorable':
      return function unstorable() {};
    case 'text':
      return textOf(spec.length, spec.seed);
    case 'list':
      return Array.from({ length: spec.length }, (_item, index) => ({ id: index, of: spec.seed }));
    case 'deep': {
      let value: unknown = [spec.seed];
      for (let level = 0; level < spec.depth; level++) value = { level, in: value };
      return value;
    }
    case 'record':
      return Object.fromEntries(Array.from({ length: spec.size }, (_item, index) => [`p${index}`, spec.seed + index]));
  }
}

/** Reads own data properties and nothing else: no getter, no proxy trap. */
export function dump(value: unknown): Dump {
  const bare = bareOf(value);
  switch (typeof bare) {
    case 'string':
    case 'boolean':
      return bare;
    case 'number':
      if (Object.is(bare, -0)) return ['number', '-0'];
      return Number.isFinite(bare) ? bare : ['number', String(bare) as 'NaN'];
    case 'undefined':
      return ['undefined'];
    case 'bigint':
      return ['bigint', String(bare)];
    case 'object':
      if (bare === null) return null;
      if (Array.isArray(bare)) return ['list', Array.from(bare, dump)];
      if (bare instanceof Date) return ['date', Number.isNaN(bare.getTime()) ? null : bare.toISOString()];
      if (bare instanceof Map) return ['map', [...bare].map(([key, part]) => [dump(key), dump(part)])];
      if (bare instanceof Set) return ['set', [...bare].map(dump)];
      return ['object', entriesOf(bare)];
    default:
      return ['other', typeof bare];
  }
}

export const entriesOf = (bare: object, isData: (key: string) => boolean = () => true): [string, Dump][] =>
  Object.entries(Object.getOwnPropertyDescriptors(bare)).flatMap(([key, { enumerable, value }]) =>
    enumerable === true && isData(key) ? [[key, dump(value)]] : [],
  );

/** The line of the caller, noted in passing: `session[here(key)] = value` notes where this is written. */
let line = 0;

export function here<T>(passed: T): T {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = 1;
  Error.prepareStackTrace = (_error, [caller]) => {
    line = caller?.getLineNumber() ?? 0;
    return '';
  };
  const holder: { stack?: unknown } = {};
  Error.captureStackTrace(holder, here);
  void holder.stack;
  Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  return passed;
}

export function takeLine(): number {
  const noted = line;
  line = 0;
  return noted;
}
