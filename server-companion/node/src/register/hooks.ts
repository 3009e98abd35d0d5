/**
 * Puts the observer into libraries as they are loaded, by `import` and by `require`, with nothing of the app changed.
 * What CommonJS loads gets a line behind its last; an ES module gets a module before it that re-exports it. A loader that
 * reads and compiles what CommonJS loads by itself (tsx, ts-node) is met where every such loader ends: at `_compile`.
 */
import { readFileSync } from 'node:fs';
import type { LoadFnOutput, registerHooks as RegisterHooks, ResolveFnOutput } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { noteRegistered } from '../core/registered.ts';
import { type Factory, HOOKED, type HookedLibrary } from './libraries.ts';

/** In the name of a module that stands before a library's own: a file that there is not. */
const FACADE = '.sessionscope-register.mjs';
const OBSERVE = Symbol.for('sessionscope.observe');
/** As code that is put into modules names it. */
const CALL = "globalThis[Symbol.for('sessionscope.observe')]";

export interface Hooks {
  /** Packages whose sessions are observed by now. */
  readonly observed: ReadonlySet<string>;
}

/** A module of CommonJS, as loaders of TypeScript know it too. */
interface Compiling {
  _compile?: (this: unknown, content: string, filename: string, ...rest: unknown[]) => unknown;
}

/**
 * @param registerHooks of `node:module`.
 * @param modules the prototype of CommonJS's modules.
 * @param onFault called with what could not be hooked, and why; the app then has the library as it is.
 */
export function installHooks(
  registerHooks: typeof RegisterHooks,
  modules: Compiling,
  onFault: (library: HookedLibrary, why: string) => void,
): Hooks {
  const observed = new Set<string>();
  const failed = (library: HookedLibrary, error: unknown) =>
    onFault(library, error instanceof Error ? error.message : String(error));

  (globalThis as { [OBSERVE]?: unknown })[OBSERVE] = (
    name: string,
    factory: unknown,
    replace?: (made: unknown) => void,
  ) => {
    const library = HOOKED.find((one) => one.package === name)!;
    try {
      if (typeof factory !== 'function')
        throw new TypeError(`it exports no function ${library.exports[0] ?? 'of its own'}`);
      const made = library.observe(factory as Factory);
      replace?.(made);
      if (made !== factory) noteRegistered(made, factory);
      observed.add(name);
      return made;
    } catch (error) {
      failed(library, error);
      return factory;
    }
  };

  const { _compile: compile } = modules;
  if (compile !== undefined)
    modules._compile = function (content, filename, ...rest) {
      const library = typeof content === 'string' ? libraryAt(filename) : undefined;
      const isPlain = library !== undefined && !content.includes(CALL);
      return compile.call(this, isPlain ? content + tailOf(library) : content, filename, ...rest);
    };

  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      if (context.parentURL?.endsWith(FACADE)) return resolved;
      const library = HOOKED.find(({ file }) => file.test(resolved.url));
      return library !== undefined && isModule(resolved)
        ? { ...resolved, url: resolved.url + FACADE, format: 'module', shortCircuit: true }
        : resolved;
    },
    load(url, context, next) {
      const real = url.endsWith(FACADE) ? url.slice(0, -FACADE.length) : url;
      const library = HOOKED.find(({ file }) => file.test(real));
      if (library === undefined) return next(url, context);
      if (real !== url) return { format: 'module', shortCircuit: true, source: facadeOf(real, library) };
      const loaded = next(url, context);
      if (loaded.format === 'module') return loaded;
      try {
        return { ...loaded, format: 'commonjs', source: sourceOf(loaded, url) + tailOf(library) };
      } catch (error) {
        failed(library, error);
        return loaded;
      }
    },
  });
  return { observed };
}

const isModule = ({ format, url }: ResolveFnOutput): boolean =>
  format === 'module' || (format !== 'commonjs' && !url.endsWith('.cjs') && /\/django-sessions\//.test(url));

function libraryAt(filename: string): HookedLibrary | undefined {
  const url = /[\\/]node_modules[\\/]/.test(filename) ? pathToFileURL(filename).href : undefined;
  return url === undefined ? undefined : HOOKED.find(({ file }) => file.test(url));
}

/** Node leaves it out for what `require` loads. */
const sourceOf = ({ source }: LoadFnOutput, url: string): string =>
  source === undefined || source === null
    ? readFileSync(fileURLToPath(url), 'utf8')
    : typeof source === 'string'
      ? source
      : Buffer.from(source as Uint8Array).toString('utf8');

function facadeOf(url: string, { package: name, exports: [first = 'default', ...others] }: HookedLibrary): string {
  const from = JSON.stringify(url);
  return `import { ${first} as bare } from ${from};
export * from ${from};
const observed = ${CALL}(${JSON.stringify(name)}, bare);
export { ${[first, ...others].map((exported) => `observed as ${exported}`).join(', ')} };
`;
}

/** Behind the last line, so that no line of the library has another number. */
function tailOf({ package: name, exports: names }: HookedLibrary): string {
  const text = JSON.stringify(name);
  const whole = `module.exports = ${CALL}(${text}, module.exports);`;
  if (names.length === 0) return `\n;${whole}`;
  const each = `for (const name of ${JSON.stringify(names)}) Object.defineProperty(module.exports, name, { value, enumerable: true, configurable: true, writable: true });`;
  return `\n;if (typeof module.exports === 'function') ${whole} else ${CALL}(${text}, module.exports.${names[0]}, (value) => { ${each} });`;
}
