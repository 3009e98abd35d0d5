/**
 * Preloaded before a library's own tests: whoever requires the library in the folder `SESSIONSCOPE_SUITE` gets it
 * observed by the adapter `SESSIONSCOPE_SUITE_ADAPTER` (default: express-session), with the observation options of
 * `SESSIONSCOPE_OBSERVATION` (JSON). `SESSIONSCOPE_SUITE_FAULT=1` plants a fault: what the app hands to the library's
 * second argument gets lost on its way, which its tests must notice.
 */
import Module from 'node:module';
import { resolve } from 'node:path';

type AnyFunction = (...args: unknown[]) => unknown;
type Loader = (this: unknown, request: string, parent: unknown, isMain: boolean) => unknown;
const internals = Module as unknown as {
  _load: Loader;
  _resolveFilename(request: string, parent: unknown, isMain: boolean): string;
};

const { SESSIONSCOPE_SUITE_ADAPTER: adapter = 'express-session' } = process.env;
const { observe } = (await import(`../../server-companion/node/src/adapters/${adapter}/observe.ts`)) as {
  observe(library: AnyFunction, options: object): AnyFunction;
};
const library = resolve(process.env['SESSIONSCOPE_SUITE']!, 'index.js');
const options = JSON.parse(process.env['SESSIONSCOPE_OBSERVATION'] ?? '{}') as object;
const load = internals._load;
let observed: AnyFunction | undefined;

/** With the names and marks of the function that it stands for. */
function withoutSecondArgument(whole: AnyFunction): AnyFunction {
  const less: AnyFunction = (first, _second, ...rest) => whole(first, { secret: 'x'.repeat(32) }, ...rest);
  return Object.defineProperties(less, Object.getOwnPropertyDescriptors(whole)) as AnyFunction;
}

internals._load = function (request, parent, isMain) {
  const value = load.call(this, request, parent, isMain);
  let file = '';
  try {
    file = internals._resolveFilename(request, parent, isMain);
  } catch {
    // The suite asks for what is not there, too.
  }
  if (file !== library) return value;
  if (observed === undefined) {
    observed = observe(value as AnyFunction, { ...options, enabled: true });
    if (process.env['SESSIONSCOPE_SUITE_FAULT'] === '1') observed = withoutSecondArgument(observed);
  }
  return observed;
};
