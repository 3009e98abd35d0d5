/**
 * Preloaded by `scripts/library-suite.ts`: whoever requires the library in the folder `SESSIONSCOPE_SUITE` gets it
 * observed, with the observation options of `SESSIONSCOPE_OBSERVATION` (JSON).
 */
import Module from 'node:module';
import { resolve } from 'node:path';
import { observe } from '../../server-companion/node/src/adapters/express-session/observe.ts';

type Loader = (this: unknown, request: string, parent: unknown, isMain: boolean) => unknown;
const internals = Module as unknown as {
  _load: Loader;
  _resolveFilename(request: string, parent: unknown, isMain: boolean): string;
};

const library = resolve(process.env['SESSIONSCOPE_SUITE']!, 'index.js');
const options = JSON.parse(process.env['SESSIONSCOPE_OBSERVATION'] ?? '{}') as object;
const load = internals._load;
let observed: unknown;

internals._load = function (request, parent, isMain) {
  const value = load.call(this, request, parent, isMain);
  let file = '';
  try {
    file = internals._resolveFilename(request, parent, isMain);
  } catch {
    // The suite asks for what is not there, too.
  }
  if (file !== library) return value;
  observed ??= observe(value as (...args: never[]) => unknown, { ...options, enabled: true });
  return observed;
};
